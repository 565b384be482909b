package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Leadership;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LeadershipOfGroupTest {
    private final List<Leadership> told = new ArrayList<>();
    private final LeadershipOfGroup leadership = new LeadershipOfGroup(told::add);

    @Test
    void aPeerIsToldToLeadOnlyOnceItsGroupIsOpen() {
        leadership.opening();
        leadership.leading(3);
        assertThat(told).isEmpty();
        assertThat(leadership.isHere()).isFalse();
        assertThat(leadership.leads()).isNotDone();

        leadership.opened();
        assertThat(told).containsExactly(new Leadership.Leading(3));
        assertThat(leadership.leads()).isDone();
    }

    @Test
    void norWhereItIsOverBeforeTheGroupIsOpen() {
        leadership.opening();
        leadership.leading(3);
        leadership.following(3, Optional.empty());
        leadership.opened();
        assertThat(told).isEmpty();
        assertThat(leadership.leads()).isNotDone();
    }

    @Test
    void whatWasToldOfAnAttemptThatFailedCountsForNoOther() {
        leadership.opening();
        leadership.leading(3);
        leadership.none();
        leadership.opening();
        leadership.opened();
        assertThat(told).isEmpty();
        assertThat(leadership.leads()).isNotDone();

        leadership.leading(4);
        assertThat(told).containsExactly(new Leadership.Leading(4));
    }
}
