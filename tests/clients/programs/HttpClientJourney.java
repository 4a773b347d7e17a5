import java.io.ByteArrayInputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/** The journey with java.net.http; its client takes the proxy of the system's properties by itself. */
class HttpClientJourney {
    static final String BASE = "https://depot.example";
    static final HttpClient CLIENT =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
    static final PrintStream OUT = new PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8);

    static HttpRequest.Builder to(String url) {
        return HttpRequest.newBuilder(URI.create(url));
    }

    static void step(String name, HttpRequest.Builder request) throws Exception {
        var answer = CLIENT.send(request.build(), BodyHandlers.ofByteArray());
        var body = answer.body();
        if (answer.headers().firstValue("Content-Encoding").orElse("").equals("gzip")) {
            body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
        }
        OUT.println(name + " " + answer.statusCode() + " " + new String(body, "UTF-8"));
    }

    public static void main(String[] arguments) throws Exception {
        var large = "a large body\n".repeat(100000).substring(0, 1200000);
        var item = "{\"name\":\"r\u00e4ksm\u00f6rg\u00e5s\",\"tags\":[\"a\",\"b\"]}";
        step("list", to(BASE + "/items?page=1&size=2"));
        step("list", to(BASE + "/items?page=1&size=2"));
        step("create", to(BASE + "/items").header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(item)));
        step("missing", to(BASE + "/items/404"));
        step("moved", to(BASE + "/moved"));
        step("zipped", to(BASE + "/zipped"));
        step("upload", to(BASE + "/large").expectContinue(true).PUT(BodyPublishers.ofString(large)));
        step("stream", to(BASE + "/stream"));
        step("delete", to(BASE + "/items/7").DELETE());
        step("head", to(BASE + "/items?page=3").method("HEAD", BodyPublishers.noBody()));
        step("plain", to("http://depot.example/plain"));
        // At once, in whatever order they arrive.
        var sent = IntStream.range(404, 414)
            .mapToObj(n -> CLIENT.sendAsync(to(BASE + "/items/" + n).build(), BodyHandlers.ofString()))
            .toList();
        var statuses = List.copyOf(sent).stream().map(answer -> answer.join().statusCode()).toList();
        OUT.println("at once " + statuses);
        // The listener itself as a base URL, past the proxy.
        var direct = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();
        var base = to(System.getenv("TESTIMONY_URL") + "/items?page=9").build();
        OUT.println("base " + direct.send(base, BodyHandlers.ofString()).body());
    }
}
