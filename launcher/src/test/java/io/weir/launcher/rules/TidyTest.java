package io.weir.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.Repository;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The repository checks itself. */
class TidyTest {
    private static final Path ROOT = Repository.root();

    private static final Set<String> OUTPUT =
            Set.of(".git", "target", "data", "node_modules", ".idea", ".vscode", "__pycache__");

    /** It names the words it looks for. */
    private static final Set<String> RULES = Set.of("checkstyle.xml");

    private static final Pattern STRAY = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

    /** To a file or folder of this repository, whatever part of it. */
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:\\s]+)(?:#[^)]*)?\\)");

    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+Test)`");

    @Test
    void nothingIsLeftForLater() throws IOException {
        List<String> stray = new ArrayList<>();
        for (Path file : files()) {
            if (!RULES.contains(file.getFileName().toString())
                    && STRAY.matcher(text(file)).find()) {
                stray.add(ROOT.relativize(file).toString());
            }
        }
        assertThat(stray).isEmpty();
    }

    @Test
    void everyModuleHasAPageAboutItself() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (Path file : files()) {
            if (file.endsWith("pom.xml") && !file.toString().contains("/src/")) {
                pages.add(file.resolveSibling("README.md"));
            }
        }
        assertThat(pages).isNotEmpty().allSatisfy(page -> assertThat(page).exists());
    }

    @Test
    void everyPackageSaysWhatItIsAndThatNullIsAnException() throws IOException {
        List<String> silent = new ArrayList<>();
        for (Path file : files()) {
            if (file.toString().endsWith(".java") && file.toString().contains("/src/main/")) {
                Path info = file.resolveSibling("package-info.java");
                if (!Files.exists(info) || !text(info).matches("(?s)/\\*\\*.*@NullMarked.*")) {
                    silent.add(ROOT.relativize(info).toString());
                }
            }
        }
        assertThat(silent.stream().distinct()).isEmpty();
    }

    @Test
    void decisionsAreNumberedWithoutGaps() throws IOException {
        List<Integer> numbers;
        try (Stream<Path> decisions = Files.list(ROOT.resolve("docs/adr"))) {
            numbers = decisions
                    .map(file -> Integer.parseInt(file.getFileName().toString().substring(0, 4)))
                    .sorted()
                    .toList();
        }
        assertThat(numbers)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, numbers.size()).boxed().toList());
    }

    @Test
    void everyRelativeLinkOfAPageLeadsSomewhere() throws IOException {
        List<String> followed = new ArrayList<>();
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            for (Matcher link = LINK.matcher(text(page)); link.find(); ) {
                Path target = page.resolveSibling(link.group(1)).normalize();
                followed.add(target.toString());
                if (!Files.exists(target)) {
                    broken.add(ROOT.relativize(page) + " -> " + link.group(1));
                }
            }
        }
        assertThat(followed).isNotEmpty();
        assertThat(broken).isEmpty();
    }

    @Test
    void everyTestThatAPageNamesIsThere() throws IOException {
        Set<String> sources =
                files().stream().map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        List<String> named = new ArrayList<>();
        for (Path page : pages()) {
            for (Matcher test = TEST.matcher(text(page)); test.find(); ) {
                named.add(test.group(1) + ".java");
            }
        }
        assertThat(named).isNotEmpty();
        assertThat(sources).containsAll(named);
    }

    private static List<Path> pages() throws IOException {
        return files().stream().filter(file -> file.toString().endsWith(".md")).toList();
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        collect(ROOT, files);
        return files;
    }

    private static void collect(Path directory, List<Path> files) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.sorted().toList()) {
                if (Files.isDirectory(entry)) {
                    if (!OUTPUT.contains(entry.getFileName().toString())) {
                        collect(entry, files);
                    }
                } else {
                    files.add(entry);
                }
            }
        }
    }

    private static String text(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (MalformedInputException binary) {
            return "";
        }
    }
}
