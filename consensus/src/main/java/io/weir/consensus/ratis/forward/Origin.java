package io.weir.consensus.ratis.forward;

import org.apache.ratis.protocol.ClientId;

/**
 * Whose an entry is.
 *
 * @param client who submitted it; with {@code call}, it is in the log with the entry
 * @param call the submitter's number of it
 * @param term the only one in which it may be appended; {@link #ANY} if it may be in any that the leader leads
 */
public record Origin(ClientId client, long call, long term) {
    public static final long ANY = -1;
}
