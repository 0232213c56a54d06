// Prints for each line "use file own_cert own_key" of the file named whether Go reads the file for that use.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

func main() {
	list, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		words := strings.Split(lines.Text(), "\t")
		data, _ := os.ReadFile(words[1])
		cert, _ := os.ReadFile(words[2])
		key, _ := os.ReadFile(words[3])
		switch words[0] {
		case "ca":
			fmt.Println(x509.NewCertPool().AppendCertsFromPEM(data))
		case "cert":
			_, err = tls.X509KeyPair(data, key)
			fmt.Println(err == nil)
		case "key":
			_, err = tls.X509KeyPair(cert, data)
			fmt.Println(err == nil)
		}
	}
}
