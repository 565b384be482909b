package io.weir.testsupport.history;

/** One partition of a topic; a topic that is deleted and created again needs another name in a history. */
public record Partition(String topic, int number) {
    /** Refuses what could not be told apart in a line of text. */
    public Partition {
        Names.require(topic);
        if (number < 0) {
            throw new IllegalArgumentException("Partition " + number + " of " + topic + " is negative");
        }
    }

    static Partition parse(String text) {
        int slash = text.lastIndexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("Not a partition: " + text);
        }
        return new Partition(text.substring(0, slash), Integer.parseInt(text.substring(slash + 1)));
    }

    @Override
    public String toString() {
        return topic + "/" + number;
    }
}
