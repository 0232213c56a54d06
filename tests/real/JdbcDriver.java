// Makes one connection with Microsoft's JDBC driver and prints what it says, as one line of JSON.
//
// Arguments: URL without trust store, CA file or "-". The driver's jar is on the class path.
// Output: {"ok", "version", "name", "code", "message", "cause", "printed"}

import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;

public class JdbcDriver {
    private static final String STORE_PASSWORD = "practice";

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        Path store = Files.createTempFile("practice", ".p12");
        try {
            if (!arguments[1].equals("-")) {
                writeStore(Path.of(arguments[1]), store);
                url += ";trustStoreType=PKCS12;trustStorePassword=" + STORE_PASSWORD + ";trustStore=" + store;
            }
            Driver driver = DriverManager.getDriver(url);
            SQLException failure = null;
            try {
                DriverManager.getConnection(url).close();
            } catch (SQLException error) {
                failure = error;
            }
            System.out.println(report(failure, driver));
        } finally {
            Files.deleteIfExists(store);
        }
    }

    private static void writeStore(Path ca, Path store) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        try (InputStream in = Files.newInputStream(ca)) {
            keys.setCertificateEntry("practice", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        try (OutputStream out = new FileOutputStream(store.toFile())) {
            keys.store(out, STORE_PASSWORD.toCharArray());
        }
    }

    private static String report(SQLException error, Driver driver) {
        String number = driver.getMajorVersion() + "." + driver.getMinorVersion();
        String version = "mssql-jdbc " + number + ", Java " + Runtime.version().feature();
        String head = "{\"ok\": " + (error == null) + ", \"version\": " + quote(version);
        if (error == null) {
            return head + ", \"name\": null, \"code\": null, \"message\": null, \"cause\": null, \"printed\": null}";
        }
        StringWriter printed = new StringWriter();
        error.printStackTrace(new PrintWriter(printed));
        Throwable inner = error;
        while (inner.getCause() != null && inner.getCause() != inner) {
            inner = inner.getCause();
        }
        return head
            + ", \"name\": " + quote(error.getClass().getName())
            + ", \"code\": " + quote(error.getSQLState())
            + ", \"message\": " + quote(error.getMessage())
            + ", \"cause\": " + quote(inner == error ? null : inner.getMessage())
            + ", \"printed\": " + quote(printed.toString()) + "}";
    }

    private static String quote(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
