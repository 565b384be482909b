package io.weir.consensus.ratis;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a group works, and what it says where it does not.
 *
 * <p>Threading: any thread.
 */
final class GroupHealth {
    private static final Logger LOG = LoggerFactory.getLogger(GroupHealth.class);

    private final String name;
    private volatile @Nullable Failure failure;
    private volatile @Nullable Failure hang;

    /**
     * Why the group does not work.
     *
     * @param code what a submission is refused with
     * @param heals whether opening it again may help
     */
    private record Failure(FailureCode code, String message, boolean heals) {}

    GroupHealth(String name) {
        this.name = name;
    }

    /** It works from now on. */
    void restored() {
        failure = null;
        hang = null;
    }

    /** The disk hangs no more. */
    void diskWorks() {
        hang = null;
    }

    /** The disk neither takes what is written nor says that it does not. */
    void diskHangs(long flushed) {
        hang = new Failure(
                FailureCode.NOT_LEADER,
                "The disk of group " + name + " hangs: nothing behind entry " + flushed + " is fsynced",
                false);
        LOG.atError()
                .addKeyValue("group", name)
                .addKeyValue("index", flushed)
                .log("A leader's disk hangs; this peer does not lead until it takes something");
    }

    /** Why it accepts nothing; empty when it works. */
    Optional<String> failure() {
        return current().map(Failure::message);
    }

    /** What a submission is answered while it does not work. */
    Optional<Submission> refusal() {
        return current().map(failed -> new Submission.NotAccepted(failed.code(), failed.message()));
    }

    private Optional<Failure> current() {
        Failure failed = failure;
        return Optional.ofNullable(failed == null ? hang : failed);
    }

    /** Whether opening it again may help. */
    boolean canHeal() {
        Failure failed = failure;
        return failed != null && failed.heals();
    }

    /** An attempt to open it again has failed: the next one may help. */
    void notOpened(Throwable why) {
        if (failure == null) {
            failure = new Failure(
                    FailureCode.NOT_LEADER,
                    "Group " + name + " cannot be opened again yet: " + DiskFailure.rootOf(why),
                    true);
        }
    }

    /** An attempt to open it again has found damage, which none that follows would find mended. */
    void damaged(ServiceException why) {
        failure = new Failure(FailureCode.NOT_LEADER, String.valueOf(why.getMessage()), false);
        LOG.atError()
                .addKeyValue("group", name)
                .addKeyValue("failureCode", why.code().label())
                .setCause(why)
                .log("A group cannot be opened again, and its node needs a restart");
    }

    /** Returns false when it did not work before, either. */
    boolean logFailed(Throwable cause) {
        if (failure != null) {
            return false;
        }
        FailureCode code = DiskFailure.codeOf(cause);
        failure = new Failure(
                code == FailureCode.INTERNAL ? FailureCode.NOT_LEADER : code,
                "Log of group " + name + " failed: " + DiskFailure.rootOf(cause),
                true);
        LOG.atError()
                .addKeyValue("group", name)
                .addKeyValue("failureCode", code.label())
                .setCause(cause)
                .log("The log cannot be written; the group is opened again when it can");
        return true;
    }

    /** The library has ended its part. Returns false when it did not work before, either. */
    boolean ended() {
        if (failure != null) {
            return false;
        }
        failure = new Failure(
                FailureCode.NOT_LEADER,
                "The library has ended its part in group " + name + ", for a reason that its own log tells",
                true);
        LOG.atError().addKeyValue("group", name).log("A part of a group has ended; the group is opened again");
        return true;
    }

    /** It has ended since its replica is none of the group's any more; what that says is looked at again much later. */
    void removed() {
        failure = new Failure(
                FailureCode.NOT_LEADER, "This node's replica was removed from group " + name + " by the others", true);
        LOG.atWarn().addKeyValue("group", name).log("This replica was removed by the others");
    }

    /** For good. */
    void applyFailed(LogPosition position, Throwable bug) {
        failure = new Failure(
                FailureCode.INTERNAL, "State of group " + name + " failed at " + position + ": " + bug, false);
        LOG.atError()
                .addKeyValue("group", name)
                .addKeyValue("index", position.index())
                .setCause(bug)
                .log("The state threw; this peer's part in the group ends");
    }
}
