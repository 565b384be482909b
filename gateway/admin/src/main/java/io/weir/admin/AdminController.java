package io.weir.admin;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;

/**
 * Health and metrics. They are text whatever is accepted: a route that says so would lose "any" to what passes all
 * other paths on.
 */
@Controller
final class AdminController {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Exposed exposed;

    AdminController(Exposed exposed) {
        this.exposed = exposed;
    }

    /** 200 as long as the process can answer at all. */
    @Get(value = "/health/live", produces = MediaType.ALL)
    HttpResponse<String> live() {
        return HttpResponse.ok("live\n").contentType(MediaType.TEXT_PLAIN_TYPE);
    }

    /** 200 when clients are served, else 503 with the reason. */
    @Get(value = "/health/ready", produces = MediaType.ALL)
    HttpResponse<String> ready() {
        return switch (exposed.readiness().get()) {
            case Readiness.Ready() -> HttpResponse.ok("ready\n").contentType(MediaType.TEXT_PLAIN_TYPE);
            case Readiness.NotReady(String reason) ->
                HttpResponse.<String>status(io.micronaut.http.HttpStatus.SERVICE_UNAVAILABLE)
                        .body(reason + "\n")
                        .contentType(MediaType.TEXT_PLAIN_TYPE);
        };
    }

    /** Every meter, in Prometheus' text format. */
    @Get(value = "/metrics", produces = MediaType.ALL)
    HttpResponse<String> metrics() {
        return HttpResponse.ok(exposed.registry().scrape()).contentType(PROMETHEUS_TEXT);
    }
}
