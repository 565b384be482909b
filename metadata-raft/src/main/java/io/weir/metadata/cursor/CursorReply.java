package io.weir.metadata.cursor;

/** What became of a command. */
public sealed interface CursorReply {
    /** The cell is at the epoch that was asked for. */
    record Fenced(long nextPosition) implements CursorReply {}

    /** The cell is at another epoch; nothing was changed. */
    record OtherEpoch(int epoch) implements CursorReply {}

    /** The records are in the cell's log. */
    record Appended(long nextPosition) implements CursorReply {}

    /** The cell's log ends elsewhere; nothing was changed. */
    record WrongPosition(long nextPosition) implements CursorReply {}

    /** The records would make the cell, or all cells together, larger than they may be; nothing was changed. */
    record Full(String message) implements CursorReply {}
}
