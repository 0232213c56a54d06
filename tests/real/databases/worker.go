// Runs Go drivers: one job a line on standard input, one answer a line on standard output.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/go-sql-driver/mysql"
	pgx "github.com/jackc/pgx/v4"
	_ "github.com/lib/pq"
)

type job struct {
	Driver string `json:"driver"`
	Ask    string `json:"ask"`
	URL    string `json:"url"`
	CA     string `json:"ca"`
	Name   string `json:"name"`
}

type answer struct {
	Connected bool    `json:"connected"`
	Encrypted bool    `json:"encrypted"`
	Code      *string `json:"code"`
	Message   string  `json:"message"`
	Version   string  `json:"version,omitempty"`
}

const overTLS = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"

func throughSQL(driver, url, query string, mysqlAnswer bool) (bool, error) {
	line, err := sql.Open(driver, url)
	if err != nil {
		return false, err
	}
	defer line.Close()
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if mysqlAnswer {
		var name, cipher string
		err = line.QueryRowContext(deadline, query).Scan(&name, &cipher)
		return cipher != "", err
	}
	var encrypted bool
	err = line.QueryRowContext(deadline, query).Scan(&encrypted)
	return encrypted, err
}

func run(asked job) (bool, error) {
	switch asked.Driver {
	case "lib-pq":
		return throughSQL("postgres", asked.URL, overTLS, false)
	case "pgx":
		deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		line, err := pgx.Connect(deadline, asked.URL)
		if err != nil {
			return false, err
		}
		defer line.Close(deadline)
		var encrypted bool
		err = line.QueryRow(deadline, overTLS).Scan(&encrypted)
		return encrypted, err
	default:
		if asked.CA != "" {
			pem, err := os.ReadFile(asked.CA)
			if err != nil {
				return false, err
			}
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(pem)
			if err := mysql.RegisterTLSConfig("own", &tls.Config{RootCAs: pool, ServerName: asked.Name}); err != nil {
				return false, err
			}
		}
		return throughSQL("mysql", asked.URL, "show session status like 'Ssl_cipher'", true)
	}
}

func main() {
	mysql.SetLogger(silent{})
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked job
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if asked.Ask == "version" {
			out.Encode(answer{Version: runtime.Version()})
			continue
		}
		encrypted, err := run(asked)
		said := answer{Connected: err == nil, Encrypted: encrypted}
		if err != nil {
			said.Message = err.Error()
		}
		out.Encode(said)
	}
}

type silent struct{}

func (silent) Print(_ ...interface{}) {}
