import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;

import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** One node of OpenSearch on loopback, for throw-away data. Arguments: folder, port for HTTP, port for transport. */
public class LogStore extends Node {
  LogStore(Settings settings) {
    super(new Environment(settings, null), List.of(Netty4Plugin.class), true);
  }

  public static void main(String[] args) throws Exception {
    Path home = Paths.get(args[0]).toAbsolutePath();
    Files.createDirectories(home.resolve("config"));
    LogStore node = new LogStore(Settings.builder()
      .put("path.home", home.toString())
      .put("path.data", home.resolve("data").toString())
      .put("cluster.name", "logs")
      .put("node.name", "log-0")
      .put("discovery.type", "single-node")
      .put("network.host", "127.0.0.1")
      .put("http.port", args[1])
      .put("transport.port", args[2])
      .put("http.type", "netty4")
      .put("transport.type", "netty4")
      .put("cluster.routing.allocation.disk.threshold_enabled", false)
      .build());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        node.close();
      } catch (Exception error) {
        System.err.println(error);
      }
    }));
    node.start();
    System.out.println("READY");
    Thread.currentThread().join();
  }
}
