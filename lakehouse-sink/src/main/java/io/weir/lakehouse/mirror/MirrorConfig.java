package io.weir.lakehouse.mirror;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;

/**
 * The other catalog.
 *
 * @param name under which it keeps its tables, where a catalog keeps several apart by name (JDBC does)
 * @param properties as Iceberg's {@link CatalogUtil} takes them: {@code type} or {@code catalog-impl}, and what that
 *     one needs; at most {@link #MAX_PROPERTIES}
 * @param interval how often it is looked for tables that have changed
 * @param recheck how often it is looked whether the other catalog still has what was put there
 */
public record MirrorConfig(String name, Map<String, String> properties, Duration interval, Duration recheck) {
    public static final int MAX_PROPERTIES = 100;

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration RECHECK = Duration.ofMinutes(5);

    /** They take changes of a table, or keep its files by a name of their own: no metadata file of somebody else's. */
    private static final Set<String> WITHOUT_POINTERS =
            Set.of(CatalogUtil.ICEBERG_CATALOG_TYPE_REST, CatalogUtil.ICEBERG_CATALOG_TYPE_HADOOP);

    public MirrorConfig {
        properties = Map.copyOf(properties);
        if (name.isBlank()) {
            throw new IllegalArgumentException("The catalog's name is empty");
        }
        if (properties.size() > MAX_PROPERTIES) {
            throw new IllegalArgumentException(
                    "The catalog has " + properties.size() + " properties, more than " + MAX_PROPERTIES);
        }
        String type = properties.get(CatalogUtil.ICEBERG_CATALOG_TYPE);
        if ((type == null) == (properties.get(CatalogProperties.CATALOG_IMPL) == null)) {
            throw new IllegalArgumentException("The catalog has either a type or a catalog-impl");
        }
        if (type != null && WITHOUT_POINTERS.contains(type.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "A catalog of type " + type + " cannot show tables whose metadata another one writes");
        }
        if (properties.containsKey(CatalogProperties.FILE_IO_IMPL)) {
            throw new IllegalArgumentException("The catalog's io-impl is Weir's own and cannot be set");
        }
        if (!interval.isPositive() || !recheck.isPositive()) {
            throw new IllegalArgumentException("Illegal interval " + interval + " or " + recheck);
        }
    }

    /** Looks every second, and at everything every five minutes. */
    public static MirrorConfig of(String name, Map<String, String> properties) {
        return new MirrorConfig(name, properties, INTERVAL, RECHECK);
    }

    /** Without values: passwords may be among them. */
    @Override
    public String toString() {
        return "MirrorConfig[" + name + ", " + new TreeSet<>(properties.keySet()) + "]";
    }
}
