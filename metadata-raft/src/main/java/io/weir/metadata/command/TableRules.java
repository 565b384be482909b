package io.weir.metadata.command;

import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult.Rejected;
import io.weir.contracts.table.TableResult.Rejection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules about tables that need no image to be checked; used as {@link Rules} are. */
public final class TableRules {
    private TableRules() {}

    /** The first rule that the command breaks. */
    public static Optional<Rejected<Object>> violated(TableCommand command) {
        return Optional.ofNullable(
                switch (command) {
                    case TableCommand.CreateNamespace create ->
                        properties(create.namespace().properties());
                    case TableCommand.AlterNamespace alter ->
                        either(namespace(alter.levels()), properties(alter.changes()));
                    case TableCommand.DropNamespace drop -> namespace(drop.levels());
                    case TableCommand.Commit commit -> commit(commit);
                    case TableCommand.RenameTable rename ->
                        either(table(rename.from()), namespace(rename.to().namespace()));
                    case TableCommand.DropTable drop -> table(drop.name());
                    case TableCommand.ForgetDropped _, TableCommand.AcquireFeed _ -> null;
                });
    }

    private static @Nullable Rejected<Object> commit(TableCommand.Commit commit) {
        List<TableChange> changes = commit.changes();
        if (changes.isEmpty() || changes.size() > TableCommands.MAX_CHANGES) {
            return illegal("A commit touches 1 to " + TableCommands.MAX_CHANGES + " tables, not " + changes.size());
        }
        Set<TableName> names = new HashSet<>();
        for (TableChange change : changes) {
            if (!names.add(change.name())) {
                return illegal(change.name() + " is named twice");
            }
            Rejected<Object> violation = change(change);
            if (violation != null) {
                return violation;
            }
        }
        FeedAdvance advance = commit.advance();
        if (advance == null) {
            return null;
        }
        if (!names.contains(advance.name())) {
            return illegal(advance.name() + " is not changed");
        }
        return advance.moves().size() <= FeedAdvance.MAX_MOVES
                ? null
                : illegal(advance.moves().size() + " streams are more than " + FeedAdvance.MAX_MOVES);
    }

    private static @Nullable Rejected<Object> change(TableChange change) {
        return switch (change) {
            case TableChange.Create create ->
                either(
                        either(location(create.location()), location(create.metadataLocation())),
                        namespace(create.name().namespace()));
            case TableChange.Replace replace ->
                either(
                        either(location(replace.metadataLocation()), location(replace.expectedMetadataLocation())),
                        either(
                                table(replace.name()),
                                replace.metadataLocation().equals(replace.expectedMetadataLocation())
                                        ? illegal(replace.metadataLocation() + " is not a new metadata file")
                                        : null));
        };
    }

    private static @Nullable Rejected<Object> either(
            @Nullable Rejected<Object> first, @Nullable Rejected<Object> second) {
        return first == null ? second : first;
    }

    private static @Nullable Rejected<Object> location(String location) {
        return !location.isEmpty() && location.length() <= TablePointer.MAX_LOCATION_CHARS
                ? null
                : illegal("A location has 1 to " + TablePointer.MAX_LOCATION_CHARS + " characters, not "
                        + location.length());
    }

    private static @Nullable Rejected<Object> properties(Map<String, ? extends @Nullable String> properties) {
        if (properties.size() > Namespace.MAX_PROPERTIES) {
            return illegal(properties.size() + " properties are more than " + Namespace.MAX_PROPERTIES);
        }
        for (Map.Entry<String, ? extends @Nullable String> property : properties.entrySet()) {
            String value = property.getValue();
            int valueChars = value == null ? 0 : value.length();
            if (property.getKey().length() > Namespace.MAX_PROPERTY_NAME_CHARS
                    || valueChars > Namespace.MAX_PROPERTY_VALUE_CHARS) {
                return illegal("A property's name may have " + Namespace.MAX_PROPERTY_NAME_CHARS
                        + " characters, its value " + Namespace.MAX_PROPERTY_VALUE_CHARS + ", not "
                        + property.getKey().length() + " and " + valueChars);
            }
        }
        return null;
    }

    /** A namespace that should be there. */
    private static @Nullable Rejected<Object> namespace(List<String> levels) {
        boolean legal = !levels.isEmpty()
                && levels.size() <= Namespace.MAX_LEVELS
                && levels.stream().allMatch(level -> level.length() <= TableName.MAX_CHARS);
        return legal
                ? null
                : new Rejected<>(
                        Rejection.UNKNOWN_NAMESPACE,
                        "There is no namespace of " + levels.size() + " levels, or of such long ones");
    }

    /** A table that should be there. */
    private static @Nullable Rejected<Object> table(TableName name) {
        return namespace(name.namespace()) == null
                ? null
                : new Rejected<>(
                        Rejection.UNKNOWN_TABLE,
                        "There is no table in a namespace of "
                                + name.namespace().size() + " levels");
    }

    private static Rejected<Object> illegal(String message) {
        return new Rejected<>(Rejection.INVALID_REQUEST, message);
    }
}
