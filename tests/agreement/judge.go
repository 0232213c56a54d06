// Lets Go's crypto/x509 judge every chain as crypto/tls does for a client; no network.
// Reads lines "name TAB host TAB port TAB folder" from standard input and prints one line of JSON per chain.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
)

func read(file string) ([]*x509.Certificate, error) {
	rest, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return found, nil
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
}

func judge(host, folder string) error {
	chain, err := read(folder + "/chain.pem")
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	data, err := os.ReadFile(folder + "/ca.pem")
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(data)
	options := x509.VerifyOptions{Roots: roots, DNSName: host, Intermediates: x509.NewCertPool()}
	for _, certificate := range chain[1:] {
		options.Intermediates.AddCert(certificate)
	}
	_, err = chain[0].Verify(options)
	return err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		job := strings.Split(lines.Text(), "\t")
		said := map[string]interface{}{"name": job[0], "ok": true, "code": nil, "message": ""}
		if err := judge(job[1], job[3]); err != nil {
			said["ok"], said["message"] = false, err.Error()
		}
		line, _ := json.Marshal(said)
		fmt.Println(string(line))
	}
}
