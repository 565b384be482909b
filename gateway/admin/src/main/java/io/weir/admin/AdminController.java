package io.weir.admin;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;

/** The three resources. */
@Controller
final class AdminController {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Exposed exposed;

    AdminController(Exposed exposed) {
        this.exposed = exposed;
    }

    /** 200 as long as the process can answer at all. */
    @Get(value = "/health/live", produces = MediaType.TEXT_PLAIN)
    HttpResponse<String> live() {
        return HttpResponse.ok("live\n");
    }

    /** 200 when clients are served, else 503 with the reason. */
    @Get(value = "/health/ready", produces = MediaType.TEXT_PLAIN)
    HttpResponse<String> ready() {
        return switch (exposed.readiness().get()) {
            case Readiness.Ready() -> HttpResponse.ok("ready\n");
            case Readiness.NotReady(String reason) ->
                HttpResponse.<String>status(io.micronaut.http.HttpStatus.SERVICE_UNAVAILABLE)
                        .body(reason + "\n");
        };
    }

    /** Every meter, in Prometheus' text format. */
    @Get(value = "/metrics", produces = PROMETHEUS_TEXT)
    HttpResponse<String> metrics() {
        return HttpResponse.ok(exposed.registry().scrape());
    }
}
