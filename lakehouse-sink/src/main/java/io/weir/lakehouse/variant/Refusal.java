package io.weir.lakehouse.variant;

/** Ends the work on a text. It carries no stack trace: bad records may be many. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean json;

    private Refusal(boolean json, String reason) {
        super(reason, null, false, false);
        this.json = json;
    }

    static Refusal notJson(int at, String what) {
        return new Refusal(false, what + " at byte " + at);
    }

    static Refusal tooMuch(String what) {
        return new Refusal(true, what);
    }

    Encoding encoding() {
        String reason = String.valueOf(getMessage());
        return json ? new Encoding.TooMuch(reason) : new Encoding.NotJson(reason);
    }
}
