package io.weir.contracts.cell;

/** What became of an append to a cell. */
public sealed interface CellAppend {
    /**
     * The records are durable.
     *
     * @param nextPosition where the cell's log ends now
     */
    record Appended(long nextPosition) implements CellAppend {}

    /** A newer epoch owns the cell. Nothing was appended. */
    record Fenced() implements CellAppend {}

    /** The cell's log ends elsewhere: an earlier append failed. Nothing was appended. */
    record WrongPosition(long actualPosition) implements CellAppend {}

    /** The outcome could not be learned: resign, and load again. */
    record Unknown(String message) implements CellAppend {}
}
