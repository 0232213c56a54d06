import java.io.File;
import java.io.PrintStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs keytool's own code on many files in one JVM: -importcert of each into a store of its own. */
public class Importer {
    public static void main(String[] arguments) throws Exception {
        Class<?> keytool = Class.forName("sun.security.tools.keytool.Main");
        Method run = keytool.getDeclaredMethod("run", String[].class, PrintStream.class);
        run.setAccessible(true);
        var constructor = keytool.getDeclaredConstructor();
        constructor.setAccessible(true);
        PrintStream silent = new PrintStream(OutputStream.nullOutputStream());
        PrintStream out = System.out;
        System.setOut(silent);
        Path store = Path.of(arguments[0]);
        for (int at = 1; at < arguments.length; at++) {
            Files.deleteIfExists(store);
            String[] words = {
                "-importcert", "-debug", "-noprompt", "-alias", "a", "-file", arguments[at],
                "-keystore", store.toString(), "-storetype", "JKS", "-storepass", "changeit",
            };
            try {
                run.invoke(constructor.newInstance(), words, silent);
            } catch (java.lang.reflect.InvocationTargetException refused) {
                // With -debug keytool throws what it would have printed.
            }
            out.println(new File(store.toString()).exists());
        }
    }
}
