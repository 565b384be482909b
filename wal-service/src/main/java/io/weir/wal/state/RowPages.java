package io.weir.wal.state;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Rows of a fixed number of words, kept in pages of plain arrays: no object per row. {@link #freeze} is a copy of the
 * page table; a page is copied when it is next written to.
 *
 * <p>The first word of a row in use is not negative. Threading: one writer; a {@link View} may be read by any thread.
 */
final class RowPages {
    static final int NONE = -1;

    private static final int PAGE_BITS = 8;
    private static final int PAGE_ROWS = 1 << PAGE_BITS;
    private static final int PAGE_MASK = PAGE_ROWS - 1;
    private static final long UNUSED = -1;

    private final int width;
    private final BitSet shared = new BitSet();
    private long[][] pages = new long[0][];
    private int limit;
    private int used;
    private int firstFree = NONE;

    RowPages(int width) {
        this.width = width;
    }

    /** A row whose words are all 0. */
    int allocate() {
        used++;
        if (firstFree != NONE) {
            int row = firstFree;
            firstFree = (int) at(row, 1);
            int start = start(row);
            Arrays.fill(writable(row), start, start + width, 0);
            return row;
        }
        int row = limit++;
        int page = row >>> PAGE_BITS;
        if (page == pages.length) {
            pages = Arrays.copyOf(pages, Math.max(4, page + (page >> 1) + 1));
        }
        if ((row & PAGE_MASK) == 0) {
            pages[page] = new long[PAGE_ROWS * width];
            shared.clear(page);
        }
        return row;
    }

    void free(int row) {
        long[] page = writable(row);
        page[start(row)] = UNUSED;
        page[start(row) + 1] = firstFree;
        firstFree = row;
        used--;
    }

    long at(int row, int word) {
        return pages[row >>> PAGE_BITS][start(row) + word];
    }

    void set(int row, int word, long value) {
        writable(row)[start(row) + word] = value;
    }

    boolean inUse(int row) {
        return at(row, 0) >= 0;
    }

    /** Rows ever allocated: every row's number is below. */
    int limit() {
        return limit;
    }

    int used() {
        return used;
    }

    View freeze() {
        int count = (limit + PAGE_MASK) >>> PAGE_BITS;
        shared.set(0, count);
        return new View(Arrays.copyOf(pages, count), width, limit, used);
    }

    private int start(int row) {
        return (row & PAGE_MASK) * width;
    }

    private long[] writable(int row) {
        int page = row >>> PAGE_BITS;
        if (shared.get(page)) {
            pages[page] = pages[page].clone();
            shared.clear(page);
        }
        return pages[page];
    }

    /** The rows as they were. */
    static final class View {
        private final long[][] pages;
        private final int width;
        private final int limit;
        private final int used;

        private View(long[][] pages, int width, int limit, int used) {
            this.pages = pages;
            this.width = width;
            this.limit = limit;
            this.used = used;
        }

        long at(int row, int word) {
            return pages[row >>> PAGE_BITS][(row & PAGE_MASK) * width + word];
        }

        boolean inUse(int row) {
            return at(row, 0) >= 0;
        }

        int limit() {
            return limit;
        }

        int used() {
            return used;
        }
    }
}
