/* Connects to every server with BoringSSL as Node does (Electron is Node on BoringSSL): verification never stops
 * the handshake, and the last error is what is told. Names are Node's own work and no part of this.
 * Reads lines "name TAB host TAB port TAB folder" from standard input, prints one line of JSON per chain. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* The words of src/crypto/crypto_common.cc (X509ErrorCode) in Node. */
static const char *code_of(long error) {
  switch (error) {
#define CODE(name) case X509_V_ERR_##name: return #name
    CODE(UNABLE_TO_GET_ISSUER_CERT);
    CODE(UNABLE_TO_GET_CRL);
    CODE(UNABLE_TO_DECRYPT_CERT_SIGNATURE);
    CODE(UNABLE_TO_DECRYPT_CRL_SIGNATURE);
    CODE(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY);
    CODE(CERT_SIGNATURE_FAILURE);
    CODE(CRL_SIGNATURE_FAILURE);
    CODE(CERT_NOT_YET_VALID);
    CODE(CERT_HAS_EXPIRED);
    CODE(CRL_NOT_YET_VALID);
    CODE(CRL_HAS_EXPIRED);
    CODE(ERROR_IN_CERT_NOT_BEFORE_FIELD);
    CODE(ERROR_IN_CERT_NOT_AFTER_FIELD);
    CODE(OUT_OF_MEM);
    CODE(DEPTH_ZERO_SELF_SIGNED_CERT);
    CODE(SELF_SIGNED_CERT_IN_CHAIN);
    CODE(UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    CODE(UNABLE_TO_VERIFY_LEAF_SIGNATURE);
    CODE(CERT_CHAIN_TOO_LONG);
    CODE(CERT_REVOKED);
    CODE(INVALID_CA);
    CODE(PATH_LENGTH_EXCEEDED);
    CODE(INVALID_PURPOSE);
    CODE(CERT_UNTRUSTED);
    CODE(CERT_REJECTED);
    CODE(HOSTNAME_MISMATCH);
#undef CODE
    default: return "UNSPECIFIED";
  }
}

static int go_on(int ok, X509_STORE_CTX *context) {
  (void)ok;
  (void)context;
  return 1;
}

static void trust(SSL_CTX *context, const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/ca.pem", folder);
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  X509 *one;
  while ((one = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one);
    X509_free(one);
  }
  ERR_clear_error();
  fclose(file);
}

static void tell(const char *name, int ok, const char *code, const char *message) {
  printf("{\"name\": \"%s\", \"ok\": %s, \"code\": ", name, ok ? "true" : "false");
  if (code == NULL) printf("null"); else printf("\"%s\"", code);
  printf(", \"message\": \"%s\"}\n", message);
}

static int reach(int port) {
  int handle = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval patience = {8, 0};
  struct sockaddr_in where = {0};
  where.sin_family = AF_INET;
  where.sin_port = htons((unsigned short)port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(handle, (struct sockaddr *)&where, sizeof where) == 0) return handle;
  close(handle);
  return -1;
}

static void judge(const char *name, const char *host, int port, const char *folder) {
  struct in_addr address;
  SSL_CTX *context = SSL_CTX_new(TLS_method());
  trust(context, folder);
  SSL *ssl = SSL_new(context);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, go_on);
  if (inet_pton(AF_INET, host, &address) != 1) SSL_set_tlsext_host_name(ssl, host);
  int handle = reach(port);
  SSL_set_fd(ssl, handle);
  ERR_clear_error();
  if (SSL_connect(ssl) != 1) {
    uint32_t error = ERR_peek_error();
    const char *reason = error == 0 ? NULL : ERR_reason_error_string(error);
    tell(name, 0, NULL, reason == NULL ? "the connection was closed" : reason);
  } else {
    long result = SSL_get_verify_result(ssl);
    if (result == X509_V_OK) tell(name, 1, NULL, "");
    else tell(name, 0, code_of(result), X509_verify_cert_error_string(result));
  }
  SSL_free(ssl);
  if (handle >= 0) close(handle);
  SSL_CTX_free(context);
}

int main(void) {
  char line[8192];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *name = strtok(line, "\t\n"), *host = strtok(NULL, "\t\n");
    char *port = strtok(NULL, "\t\n"), *folder = strtok(NULL, "\t\n");
    if (name != NULL && host != NULL && port != NULL && folder != NULL) judge(name, host, atoi(port), folder);
    fflush(stdout);
  }
  return 0;
}
