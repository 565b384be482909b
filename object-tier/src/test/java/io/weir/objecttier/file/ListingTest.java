package io.weir.objecttier.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore.ListedObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListingTest {
    private static final int PAGE = 10;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path root;

    private int looks;

    private BasicFileAttributes look(Path path) throws IOException {
        looks++;
        return Files.readAttributes(path, BasicFileAttributes.class);
    }

    private List<String> page(String prefix, @Nullable ObjectKey after) throws IOException {
        return new Listing(root, prefix, after, PAGE, this::look)
                .page().stream().map(ListedObject::key).map(ObjectKey::value).toList();
    }

    private List<String> everyPage(String prefix) throws IOException {
        List<String> all = new ArrayList<>();
        List<String> page = page(prefix, null);
        while (!page.isEmpty()) {
            all.addAll(page);
            page = page(prefix, new ObjectKey(page.getLast()));
        }
        return all;
    }

    @Test
    void looksAtLittleMoreThanWhatIsOnThePage() throws IOException {
        // Given a big directory, made in no order
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            numbers.add(i);
        }
        Collections.shuffle(numbers, new Random(1));
        Files.createDirectories(root.resolve("a"));
        for (int number : numbers) {
            Files.createFile(root.resolve("a/" + (10_000 + number)));
        }

        // When
        List<String> page = page("a/", new ObjectKey("a/11499"));

        // Then
        assertThat(page).hasSize(PAGE).first().isEqualTo("a/11500");
        assertThat(looks).isLessThan(300);
    }

    @Test
    void findsEveryKeyInOrderWhateverStandsBesideADirectory() throws IOException {
        // Given names of which a directory's sorts behind, between and before others once its keys are whole
        TreeSet<String> keys = new TreeSet<>();
        Random random = new Random(2);
        String letters = "-.0ab";
        for (int i = 0; i < 300; i++) {
            StringBuilder key = new StringBuilder("k");
            for (int length = 1 + random.nextInt(5); length > 0; length--) {
                key.append(letters.charAt(random.nextInt(letters.length())));
                key.append(random.nextInt(3) == 0 ? "/k" : "");
            }
            Path file = root.resolve(key.append('z').toString());
            if (Files.notExists(file)) {
                Files.createDirectories(file.getParent());
                Files.createFile(file);
                keys.add(key.toString());
            }
        }

        for (String prefix : List.of("", "k", "ka", "ka/", "kb/k", "k-")) {
            assertThat(everyPage(prefix))
                    .as(prefix)
                    .containsExactlyElementsOf(
                            keys.stream().filter(key -> key.startsWith(prefix)).toList());
        }
    }
}
