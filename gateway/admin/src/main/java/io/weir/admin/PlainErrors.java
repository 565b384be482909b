package io.weir.admin;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.server.exceptions.response.Error;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.JsonErrorResponseBodyProvider;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;

/** Errors in plain words, in place of a JSON library's. */
@Singleton
final class PlainErrors implements JsonErrorResponseBodyProvider<String> {
    @Override
    public String body(ErrorContext context, HttpResponse<?> response) {
        return context.getErrors().stream().map(Error::getMessage).collect(Collectors.joining("\n", "", "\n"));
    }

    @Override
    public String contentType() {
        return MediaType.TEXT_PLAIN;
    }
}
