package io.weir.consensus.ratis.forward;

import org.apache.ratis.protocol.ClientId;

/**
 * Whose an entry is.
 *
 * @param client who submitted it; with {@code call}, it is in the log with the entry
 * @param call the submitter's number of it
 * @param term the only one in which it may be appended; {@link #ANY} for an entry of the leader's own
 */
public record Origin(ClientId client, long call, long term) {
    public static final long ANY = -1;
}
