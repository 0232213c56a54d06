"""The forms in which logs name applications, and the languages and drivers of clients whose verdicts are not known.

An application ("DBeaver") is told for every failure of a log that names no other. A language or driver is told where
the lines of the failure itself name it, or write as only it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from certdoctor.clients.entry.in_logs import (
    ON_GO,
    ON_NODE,
    VERSION,
    VERSION_OF_THREE,
    Form,
    jar,
    npm,
    pip,
    program,
)
from certdoctor.model.ids import ClientId

_V = r"(?P<v>\d{1,4}(?:\.\d{1,5}){1,3})(?![\w.]*\d)"


def _application(name: str, *needles: str, version: str = _V, said: str | None = None) -> tuple[Form, ...]:
    """Return the forms of an application by the words for it: with a version behind them, and without one.

    ``said`` is an expression of what else gives it away, by ``needles[-1]``.
    """
    words = needles[:-1] if said else needles
    expressions = {
        needle: rf"(?i:(?<![\w.-]){needle})(?:(?: version)?[ :/=@v-]{{1,4}}{version}|(?![\w-]))"
        for needle in words
    }
    if said:
        expressions[needles[-1]] = said
    return program(name, expressions, told=5, application=True)


def _of(client: ClientId, forms: Iterable[Form]) -> tuple[Form, ...]:
    """Return the forms, as of a program that gives this client away."""
    return tuple(replace(form, client=client) for form in forms)


def _gem(gem: str, name: str) -> tuple[Form, ...]:
    """Return the forms of a Ruby gem: its folder, a lock file."""
    return program(
        name,
        {f"{gem}-": rf"[\\/]gems[\\/]{gem}-{VERSION}", f"{gem} (": rf"(?<![\w-]){gem} \({VERSION}\)"},
        told=58,
    )


def _crate(crate: str) -> tuple[Form, ...]:
    """Return the forms of a Rust crate: its folder, a path of its items, ``cargo tree``."""
    under = crate.replace("-", "_")
    return program(
        crate,
        {
            f"{crate}-": rf"[\\/]{crate}-{VERSION_OF_THREE}",
            f"{crate} v": rf"(?<![\w-]){crate} v{VERSION_OF_THREE}",
            f"{under}::": rf"(?<![\w:]){under}(?=::[\w<])",
        },
        told=58,
    )


APPLICATIONS: tuple[Form, ...] = (
    *_application("DBeaver", "dbeaver", "jkiss.dbeaver", said=r"\borg\.jkiss\.dbeaver(?=\.)"),
    *_application("CloudBeaver", "cloudbeaver"),
    *_application("DataGrip", "datagrip"),
    *_application("IntelliJ IDEA", "intellij idea"),
    *_application("SSMS", "ssms", "sql server management studio", "ssms.exe", said=r"\bSsms\.exe\b"),
    *_application("Azure Data Studio", "azure data studio"),
    *_application(
        "Power BI",
        "power bi",
        "pbidesktop",
        "microsoft sql: a conn",
        said=r"(?m:^\W{0,4})Microsoft SQL: (?=A conn)",
    ),
    *_application("Tableau", "tableau"),
    *_application("Airflow", "airflow", "apache-airflow"),
    *_application("dbt", "dbt", "running with dbt", said=rf"\bRunning with dbt=?{_V}"),
    *_application("Superset", "superset"),
    *_application("Metabase", "metabase"),
    *_application("Grafana", "grafana"),
    *_application("Keycloak", "keycloak"),
    *_application("SonarQube", "sonarqube"),
    *_application("Jenkins", "jenkins"),
    *_application("Confluence", "com.atlassian.confluence"),
    *_application("Jira", "com.atlassian.jira"),
    *_application("Nextcloud", "nextcloud"),
    *_application("WordPress", "wordpress", "wp-includes"),
    *_application("Drupal", "drupal"),
    *_application("phpMyAdmin", "phpmyadmin"),
    *_application("Zabbix", "zabbix"),
    *_application("pgAdmin", "pgadmin", "pgadmin4", "pgadmin 4"),
    *_application("TablePlus", "tableplus"),
    *_application("Navicat", "navicat"),
    *_application("HeidiSQL", "heidisql"),
    *_application("MySQL Workbench", "mysql workbench", "mysqlworkbench"),
    *_application("MongoDB Compass", "mongodb compass", "mongodb-compass"),
    *_application("Beekeeper Studio", "beekeeper studio", "beekeeper-studio"),
    *_application("Terraform", "terraform"),
    *_application("Ansible", "ansible", "failed! => {", said=r"\bFAILED! => \{"),
    *_application("Debezium", "debezium", "io.debezium"),
    *_application("Kafka Connect", "kafka connect", "org.apache.kafka.connect"),
    *_application("Flyway", "flyway", "org.flywaydb"),
    *_application("Liquibase", "liquibase"),
    *_application("PgBouncer", "pgbouncer"),
    *_application("Pgpool-II", "pgpool"),
    *_application("Patroni", "patroni"),
    *_application("Logstash", "logstash"),
    *_application("Telegraf", "telegraf"),
    *_application("NiFi", "org.apache.nifi"),
    *_application("Spark", "org.apache.spark"),
    *_application("Octopus Deploy", "octopus deploy"),
    *_application("Informatica", "informatica"),
    *_application("Talend", "talend"),
    *_application("Alteryx", "alteryx"),
    *_application("Qlik", "qlik sense", "qlikview"),
    *_application("Looker", "looker"),
    *_application("Retool", "retool"),
    *_application("n8n", "n8n"),
    *_application("Temporal", "temporal server"),
    *_application("Ory Hydra", "ory hydra"),
    *_application("Harbor", "goharbor"),
    *_application("GitLab", "gitlab"),
    *_application("Gitea", "gitea"),
    *_application("Mattermost", "mattermost"),
    *_application("Argo CD", "argocd", "argo-cd"),
    *_application("Traefik", "traefik"),
    *_application("kubectl", "kubectl"),
    *_application("kubelet", "kubelet"),
)
"""Applications: what people start, and what they name when they ask for help."""

_FRAMEWORKS: tuple[Form, ...] = (
    *program("Spring Boot", {"spring boot": rf"\bSpring Boot\b(?: ::)?(?:\s{{1,20}}\(v{VERSION}\))?", "springframework.boot": r"\borg\.springframework\.boot(?=\.)"}, told=12),
    *jar("spring-boot", "Spring Boot"),
    *program("Spring", {"org.springframework": r"\borg\.springframework(?=\.(?!boot))"}, told=13),
    *program("Hibernate", {"org.hibernate": r"\borg\.hibernate(?=\.)", "hibernate orm": rf"\bHibernate ORM core version {VERSION}"}, told=13),
    *jar("hibernate-core", "Hibernate"),
    *program("HikariCP", {"com.zaxxer.hikari": r"\bcom\.zaxxer\.hikari(?=\.)", "hikaripool-": r"\bHikariPool-(?=\d)"}, told=14),
    *jar("hikaricp", "HikariCP"),
    *program("HikariCP", {"hikaricp-": rf"\bHikariCP-{VERSION}"}, told=14),
    *program("Prisma", {"prisma": rf"(?<![\w-])prisma(?: CLI)?[ :@v]{{1,8}}{VERSION_OF_THREE}|\bPrismaClient\w{{1,40}}(?=Error)|[\\/]prisma[\\/]build[\\/]|\bmigration_engine\b", "p10": r"\bP1(?:00[0-9]|01[0-9])\b(?=: |$)", "opening a tls": r"\bError opening a TLS connection\b"}, told=12),
    *npm("prisma", "@prisma/client", "sequelize", "typeorm", "knex", "mongoose", "pg-promise", "drizzle-orm"),
    *program("Sequelize", {"sequelizeconnection": r"\bSequelizeConnection\w{0,20}(?=Error)"}, serves=ON_NODE, told=12),
    *program("SQLAlchemy", {"sqlalchemy.exc": r"\bsqlalchemy(?=\.exc\.)", "sqlalche.me": r"\bsqlalche\.me\b"}, told=13),
    *pip("sqlalchemy", "SQLAlchemy", told=13),
    *program("Django", {"django.db": r"\bdjango(?=\.db\.)"}, told=13),
    *pip("django", "Django", told=13),
    *program("Entity Framework Core", {"entityframeworkcore": rf"\bMicrosoft\.EntityFrameworkCore(?:[/ ]{VERSION}|(?=\.))"}, told=13),
    *program("Laravel", {"production.error: ": r"(?<= )production\.ERROR: ", "illuminate\\": r"\bIlluminate(?=\\)", "laravel framework": rf"\bLaravel Framework {VERSION}"}, told=13),
    *program("Symfony", {"symfony\\": r"\bSymfony(?=\\{1,2}\w)"}, told=13),
    *program("Doctrine", {"doctrine\\dbal": r"\bDoctrine(?=\\{1,2}DBAL)"}, told=13),
    *program("ActiveRecord", {"activerecord::": r"\bActiveRecord(?=::)", "activerecord-": rf"[\\/]gems[\\/]activerecord-{VERSION}", "active_record": r"[\\/]active_record(?=[\\/])"}, told=13),
)  # fmt: skip
"""What stands between an application and its driver."""

_DRIVERS: tuple[Form, ...] = (
    *_of(ClientId.GO, program("mongo-go-driver", {"current topology: {": r"\bcurrent topology: \{ (?=Type: )"}, serves=ON_GO, told=72)),
    *_of(ClientId.GO, program("go-mssqldb", {"annot read handshake packet": r"\b[Cc]annot read handshake packet\b"}, serves=ON_GO, told=72)),
    *_of(ClientId.GO, program("Go", {"goroutine ": r"(?m:^)goroutine (?=\d+ \[)", ".go:": r"\b\w{1,40}\.go(?=:\d)"}, is_client=True, serves=ON_GO, told=73)),
    *program(".NET", {"system.security.authentication": r"\bSystem\.Security\.Authentication(?=\.)", "system.net.security": r"\bSystem\.Net\.Security\b", "win32exception (": r"\bSystem\.ComponentModel\.Win32Exception(?= \()"}, told=84),
    *_of(ClientId.SQLCLIENT_LINUX, program("SqlClient", {"sqlexception": r"(?<![\w.])SqlException\b", "sqlclient data provider": r"\bSqlClient Data Provider\b"}, told=81)),
    *program("Schannel", {"schannel": r"\b[Ss]channel\b", "initializesecuritycontext": r"\bInitializeSecurityContext\b", "sec_e_": r"\bSEC_E_(?=[A-Z])"}, told=171),
    *program("pg_dump", {"pg_dump: ": r"(?m:^)pg_dump: "}, told=130),
    *program("pg_basebackup", {"pg_basebackup: ": r"\bpg_basebackup: "}, told=130),
    *program("PHP", {"php warning": r"\bPHP (?:Warning|Fatal error|Notice)\b", "php/": rf"\bPHP/{VERSION}", "php version": rf"\bPHP [Vv]ersion:? {VERSION}", "php message": r"\bPHP message\b", ".php": r"\w\.php\b(?=\(\d|:\d| line \d|[\"' ]? on line \d| \()", "pdo::": r"\bPDO(?=::)", "stream_socket": r"\bstream_socket_(?:client|enable_crypto)\(", "sqlstate[": r"\bSQLSTATE\[(?=[0-9A-Z]{5}\] ?\[)", "mysqli": r"\bmysqli(?=::|_)"}, told=50, language=True),
    *program("PDO", {"pdo::": r"\bPDO(?=::__construct)", "pdoexception": r"\bPDO(?=Exception)"}, told=57),
    *program("Ruby", {"/ruby/": r"[\\/]ruby[\\/](?P<v>\d\.\d{1,2}(?:\.\d{1,2})?)[\\/]", "gems/ruby-": rf"[\\/]gems[\\/]ruby-{VERSION_OF_THREE}", ".rb:": r"\w\.rb(?=:\d)", '.rb", line': r"\w\.rb(?=\", line \d)", "ruby ": rf"\bruby {VERSION_OF_THREE}", "openssl::ssl::sslerror": r"\bOpenSSL::SSL::SSLError\b", "pg::": r"\bPG::(?=[A-Z])", "mysql2::": r"\bMysql2::(?=[A-Z])"}, told=50, language=True),
    *program("pg (Ruby)", {"pg::": r"\bPG::(?=[A-Z])"}, told=58),
    *program("mysql2 (Ruby)", {"mysql2::": r"\bMysql2::(?=[A-Z])", "mysql2_adapter": r"\bmysql2_adapter\b"}, told=58),
    *_gem("pg", "pg (Ruby)"),
    *_gem("mysql2", "mysql2 (Ruby)"),
    *program("Rust", {"rustc": rf"\brustc[ /]{VERSION_OF_THREE}|/rustc/(?=[0-9a-f]{{8}})", "panicked at": r"\bthread '[^'\n]{1,80}' panicked at\b", ".rs:": r"\w\.rs(?=:\d)", "(os error ": r"\(os error (?=-?\d)", ".cargo/registry": r"\.cargo[\\/]registry\b", "invalid peer certificate": r"\binvalid peer certificate\b", "cause: some(": r"\bcause: Some\("}, told=50, language=True),
    *program("rustls", {"invalid peer certificate": r"\binvalid peer certificate\b", "webpkierror": r"\bWebPKIError\b", "invalidcertificate(": r"\bInvalidCertificate\((?=[A-Z])"}, told=172),
    *_crate("rustls"),
    *_crate("sqlx"),
    *_crate("tokio-postgres"),
    *_crate("diesel"),
    *_crate("tiberius"),
    *program("tokio-postgres", {"error performing tls": r"\berror performing TLS handshake\b", "kind: tls,": r"\bError \{ kind: Tls, "}, told=58),
    *program("sqlx", {"error communicating with dat": r"\berror communicating with (?:the server|database): "}, told=58),
    *program("Erlang", {".erl:": r"\w\.erl(?=:\d)", "tls client: in state": r"\bTLS client: In state\b", "tls :client: in state": r"\bTLS :client: In state\b", "tls_alert,": r"\btls_alert,\s{0,80}\{", "dbconnection.": r"\bDBConnection(?=\.)", "postgrex.": r"\bPostgrex(?=\.)"}, told=50, language=True),
    *program("Perl", {".pl line": r"\.p[lm] line (?=\d)", "dbi connect(": r"\bDBI connect\("}, told=50, language=True),
)  # fmt: skip
"""Languages and drivers by what only they write, and libraries behind them."""


def _server(name: str, expressions: dict[str, str]) -> tuple[Form, ...]:
    return program(name, expressions, told=200, server=True)


_SERVERS: tuple[Form, ...] = (
    *_server("mongod", {"[conn": r"\[conn(?=\d{1,9}\])", 'ctx":"conn': r"\"ctx\":\"conn(?=\d)", "mongod": r"\bmongod(?=[\[ :\"])"}),
    *_server("mongos", {"mongos": r"\bmongos(?=[\[ :\"])"}),
    *_server("SQL Server", {"[client: ": r"\[CLIENT: ", "spid": r"\bspid(?=\d{1,5}s?\b)", "errorlog": r"\bERRORLOG\b", "logon ": r"\bLogon {2,}"}),
    *_server("PostgreSQL", {"could not accept ssl connection": r"\bcould not accept SSL connection\b", "fatal:  ": r"\bFATAL:  (?=(?:no )?pg_hba|connection requires)", "log:  ": r"\bLOG:  ", "postgres[": r"\bpostgres(?=\[\d)"}),
    *_server("MySQL", {"mysqld": r"\bmysqld\b", "[server]": r"\[Server\]"}),
    *_server("Go", {"tls handshake error from": r"\bhttp: TLS handshake error from\b"}),
    *_server("nginx", {"ssl handshaking": r"\bwhile SSL handshaking\b", "nginx": rf"\bnginx(?:/{VERSION})?"}),
    *_server("HAProxy", {"haproxy": r"\bhaproxy\b"}),
    *_server("stunnel", {"stunnel": r"\bstunnel\b"}),
)  # fmt: skip
"""Servers, by how their own logs look."""

OTHERS: tuple[Form, ...] = (*APPLICATIONS, *_FRAMEWORKS, *_DRIVERS, *_SERVERS)
