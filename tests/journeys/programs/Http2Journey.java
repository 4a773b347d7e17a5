import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;

/** java.net.http over HTTP/2: twenty streams in an order of chance, forms with a boundary of chance. */
class Http2Journey {
    static final String BASE = "https://depot.example";

    static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(BASE + path));
    }

    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newHttpClient();
        var first = client.send(to("/items/0").build(), BodyHandlers.ofString());
        System.out.println(first.version() + " " + first.statusCode() + " " + first.body());
        var order = new ArrayList<>(IntStream.range(1, 21).boxed().toList());
        Collections.shuffle(order);
        var noted = new StringBuilder(order + "\n");
        var answers = new TreeMap<Integer, java.util.concurrent.CompletableFuture<String>>();
        for (var number : order) {
            var request = to("/items/" + number + "?slow=" + number % 3);
            if (number > 16) {
                var boundary = UUID.randomUUID().toString();
                noted.append(boundary).append('\n');
                var form = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + number
                    + "\"\r\n\r\n" + "noise".repeat(20000) + number + "\r\n--" + boundary + "--\r\n";
                request = to("/items").header("Content-Type", "multipart/form-data; boundary=" + boundary)
                    .POST(BodyPublishers.ofString(form));
            }
            answers.put(number, client.sendAsync(request.build(), BodyHandlers.ofString())
                .thenApply(answer -> answer.version() + " " + answer.statusCode() + " " + answer.body()));
        }
        for (var answer : answers.entrySet()) {
            System.out.println(answer.getKey() + " " + answer.getValue().join());
        }
        for (var turn = 0; turn < 3; ++turn) {
            System.out.println(client.send(to("/turns").build(), BodyHandlers.ofString()).body());
        }
        var differs = Path.of("differs");
        Files.writeString(differs, noted, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
