// Runs JDBC drivers: one job a line on standard input (its URL), one answer of two lines on standard output.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;

public class Worker {
    public static void main(String[] given) throws Exception {
        DriverManager.setLoginTimeout(5);
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // A driver's own log goes to standard output otherwise.
        System.setOut(System.err);
        for (String url = asked.readLine(); url != null; url = asked.readLine()) {
            out.println(answer(url));
        }
    }

    private static String answer(String url) {
        if (url.startsWith("version ")) {
            try {
                var driver = DriverManager.getDriver(url.substring(8));
                return "V\t" + driver.getMajorVersion() + "." + driver.getMinorVersion() + ", Java " + System.getProperty("java.version");
            } catch (SQLException problem) {
                return "V\t" + problem;
            }
        }
        boolean postgres = url.startsWith("jdbc:postgresql:");
        String query = postgres
            ? "select ssl::int::text from pg_stat_ssl where pid = pg_backend_pid()"
            : "show session status like 'Ssl_cipher'";
        try (Connection line = DriverManager.getConnection(url); ResultSet found = line.createStatement().executeQuery(query)) {
            found.next();
            String told = found.getString(postgres ? 1 : 2);
            return "C\t" + (told.isEmpty() || told.equals("0") ? "0" : "1");
        } catch (SQLException problem) {
            StringBuilder words = new StringBuilder();
            for (Throwable one = problem; one != null; one = one.getCause()) {
                words.append(words.length() > 0 ? " <- " : "").append(one.getMessage());
            }
            return "E\t" + problem.getSQLState() + "\t" + words.toString().replaceAll("\\s+", " ");
        }
    }
}
