package io.weir.admin;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Head;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.http.HttpResource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes every other path on to the resource that is mounted there, its body as bytes: an argument for the body would
 * be read by what its type says, or be required.
 */
@Controller
@Consumes(MediaType.ALL)
final class ResourceController {
    private static final Logger LOG = LoggerFactory.getLogger(ResourceController.class);
    private static final String REST = "/{+path}";
    private static final String RETRY_AFTER_SECONDS = "1";

    private final Exposed exposed;

    ResourceController(Exposed exposed) {
        this.exposed = exposed;
    }

    @Get(value = REST, headRoute = false, produces = MediaType.ALL)
    CompletableFuture<HttpResponse<byte[]>> get(HttpRequest<?> request) {
        return withoutBody(request);
    }

    @Head(REST)
    CompletableFuture<HttpResponse<byte[]>> head(HttpRequest<?> request) {
        return withoutBody(request);
    }

    @Post(value = REST, produces = MediaType.ALL)
    CompletableFuture<HttpResponse<byte[]>> post(ServerHttpRequest<?> request) {
        return withBody(request);
    }

    @Put(value = REST, produces = MediaType.ALL)
    CompletableFuture<HttpResponse<byte[]>> put(ServerHttpRequest<?> request) {
        return withBody(request);
    }

    @Delete(value = REST, produces = MediaType.ALL)
    CompletableFuture<HttpResponse<byte[]>> delete(ServerHttpRequest<?> request) {
        return withBody(request);
    }

    private CompletableFuture<HttpResponse<byte[]>> withBody(ServerHttpRequest<?> request) {
        Optional<HttpResource> resource = resource(request);
        if (resource.isEmpty()) {
            return notThere();
        }
        int most = resource.get().maxBodyBytes();
        long announced = request.getContentLength();
        if (announced > most) {
            return refused(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
        }
        // Before a byte of it is kept: clients may take their time over any number of bodies.
        int claimed = announced < 0 ? most : (int) announced;
        if (!exposed.mounted().claim(claimed)) {
            return refused(HttpStatus.SERVICE_UNAVAILABLE);
        }
        return request.byteBody()
                .buffer()
                .thenCompose(body -> answer(request, resource.get(), body.toByteArray()))
                .whenComplete((response, failure) -> exposed.mounted().giveBack(claimed));
    }

    private CompletableFuture<HttpResponse<byte[]>> withoutBody(HttpRequest<?> request) {
        return resource(request)
                .map(resource -> answer(request, resource, new byte[0]))
                .orElseGet(this::notThere);
    }

    private Optional<HttpResource> resource(HttpRequest<?> request) {
        return exposed.mounted().at(request.getUri().getRawPath());
    }

    /** What is not mounted yet will be, before the process says that it is ready. */
    private CompletableFuture<HttpResponse<byte[]>> notThere() {
        return exposed.readiness().get() instanceof Readiness.NotReady
                ? refused(HttpStatus.SERVICE_UNAVAILABLE)
                : refused(HttpStatus.NOT_FOUND);
    }

    private CompletableFuture<HttpResponse<byte[]>> answer(HttpRequest<?> request, HttpResource resource, byte[] body) {
        if (body.length > resource.maxBodyBytes()) {
            return refused(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
        }
        HttpQuestion question = question(request, resource, body);
        if (!exposed.mounted().begin()) {
            return refused(HttpStatus.SERVICE_UNAVAILABLE);
        }
        CompletableFuture<HttpResponse<byte[]>> answered;
        try {
            answered = CompletableFuture.supplyAsync(
                    () -> response(question, resource.answer(question)), exposed.threads());
        } catch (Error noThread) {
            exposed.mounted().end();
            LOG.atWarn().setCause(noThread).log("No thread can be made for a request, which is refused");
            return refused(HttpStatus.SERVICE_UNAVAILABLE);
        }
        return answered.exceptionally(bug -> {
                    LOG.atError()
                            .addKeyValue("method", question.method())
                            .addKeyValue("path", request.getUri().getRawPath())
                            .setCause(bug)
                            .log("A request could not be answered");
                    return HttpResponse.serverError();
                })
                .whenComplete((response, failure) -> exposed.mounted().end());
    }

    private static CompletableFuture<HttpResponse<byte[]>> refused(HttpStatus status) {
        MutableHttpResponse<byte[]> response = HttpResponse.status(status);
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            response.header("Retry-After", RETRY_AFTER_SECONDS);
        }
        return CompletableFuture.completedFuture(response);
    }

    private static HttpQuestion question(HttpRequest<?> request, HttpResource resource, byte[] body) {
        String path = request.getUri().getRawPath().substring(resource.prefix().length());
        Map<String, List<String>> query = new LinkedHashMap<>();
        request.getParameters().forEach((name, values) -> query.put(name, new ArrayList<>(values)));
        Map<String, String> headers = new LinkedHashMap<>();
        request.getHeaders().forEach((name, values) -> {
            if (!values.isEmpty()) {
                headers.putIfAbsent(name.toLowerCase(Locale.ROOT), values.getFirst());
            }
        });
        return new HttpQuestion(request.getMethodName(), path, query, headers, ByteBuffer.wrap(body));
    }

    private static HttpResponse<byte[]> response(HttpQuestion question, HttpAnswer answer) {
        MutableHttpResponse<byte[]> response = HttpResponse.status(answer.status(), "");
        answer.headers().forEach(response::header);
        ByteBuffer body = answer.body().duplicate();
        if (body.hasRemaining() && !question.method().equals("HEAD")) {
            byte[] bytes = new byte[body.remaining()];
            body.get(bytes);
            response.body(bytes);
            response.contentType(answer.contentType());
        }
        return response;
    }
}
