import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.zip.GZIPInputStream;

/** The journey with HttpsURLConnection. */
class UrlConnectionJourney {
    static final String BASE = "https://depot.example";
    static final PrintStream OUT = new PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8);

    static void step(String name, String method, String url, byte[] content, String type) throws Exception {
        var connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setRequestMethod(method);
        if (content != null) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", type);
            // Sent in chunks, as they are written.
            if (content.length > 1000) connection.setChunkedStreamingMode(8192);
            try (var body = connection.getOutputStream()) {
                body.write(content);
            }
        }
        int status = connection.getResponseCode();
        var stream = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        var zipped = "gzip".equals(connection.getContentEncoding());
        var answer = (zipped ? new GZIPInputStream(stream) : stream).readAllBytes();
        OUT.println(name + " " + status + " " + new String(answer, "UTF-8"));
    }

    public static void main(String[] arguments) throws Exception {
        var large = "a large body\n".repeat(100000).substring(0, 1200000).getBytes("UTF-8");
        var item = "{\"name\":\"r\u00e4ksm\u00f6rg\u00e5s\",\"tags\":[\"a\",\"b\"]}".getBytes("UTF-8");
        step("list", "GET", BASE + "/items?page=1&size=2", null, null);
        step("list", "GET", BASE + "/items?page=1&size=2", null, null);
        step("create", "POST", BASE + "/items", item, "application/json");
        step("missing", "GET", BASE + "/items/404", null, null);
        step("moved", "GET", BASE + "/moved", null, null);
        step("zipped", "GET", BASE + "/zipped", null, null);
        step("upload", "PUT", BASE + "/large", large, "application/octet-stream");
        step("stream", "GET", BASE + "/stream", null, null);
        step("delete", "DELETE", BASE + "/items/7", null, null);
        step("head", "HEAD", BASE + "/items?page=3", null, null);
        step("plain", "GET", "http://depot.example/plain", null, null);
    }
}
