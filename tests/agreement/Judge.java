// Lets Java's own trust manager judge every chain, and Java's host name checker or, with the argument
// "jdbc", Microsoft's JDBC driver judge the name (its trust manager does the same three steps). No network.
// Reads lines "name TAB host TAB port TAB folder" from standard input and prints one line of JSON per chain.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import sun.security.util.HostnameChecker;

public class Judge {
    private static final CertificateFactory FACTORY;

    static {
        try {
            FACTORY = CertificateFactory.getInstance("X.509");
        } catch (Exception error) {
            throw new ExceptionInInitializerError(error);
        }
    }

    private static X509Certificate[] read(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            Collection<? extends Certificate> found = FACTORY.generateCertificates(in);
            return found.toArray(new X509Certificate[0]);
        }
    }

    private static void driver(String host, X509Certificate[] chain) throws Exception {
        for (X509Certificate certificate : chain) {
            certificate.checkValidity();
        }
        Method names = Class.forName("com.microsoft.sqlserver.jdbc.SQLServerCertificateUtils")
            .getDeclaredMethod("validateServerNameInCertificate", X509Certificate.class, String.class);
        names.setAccessible(true);
        try {
            names.invoke(null, chain[0], host.toLowerCase(java.util.Locale.ENGLISH));
        } catch (InvocationTargetException error) {
            throw (Exception) error.getCause();
        }
    }

    private static void judge(String host, String folder, boolean jdbc) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (X509Certificate root : read(folder + "/ca.pem")) {
            store.setCertificateEntry("ca" + number++, root);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        X509Certificate[] chain = read(folder + "/chain.pem");
        String kind = chain[0].getPublicKey().getAlgorithm().equals("RSA") ? "ECDHE_RSA" : "ECDHE_ECDSA";
        ((X509TrustManager) factory.getTrustManagers()[0]).checkServerTrusted(chain, kind);
        if (jdbc) {
            driver(host, chain);
        } else {
            HostnameChecker.getInstance(HostnameChecker.TYPE_TLS).match(host, chain[0]);
        }
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < ' ') out.append(' ');
            else out.append(c);
        }
        return out.append('"').toString();
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] job = line.split("\t");
            String message = null;
            try {
                judge(job[1], job[3], arguments.length > 0 && arguments[0].equals("jdbc"));
            } catch (Exception error) {
                message = String.valueOf(error.getMessage());
                for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
                    if (!message.contains(String.valueOf(cause.getMessage()))) {
                        message += " | " + cause.getMessage();
                    }
                }
            }
            System.out.println("{\"name\":" + quoted(job[0]) + ",\"ok\":" + (message == null)
                + ",\"code\":null,\"message\":" + quoted(message == null ? "" : message) + "}");
        }
    }
}
