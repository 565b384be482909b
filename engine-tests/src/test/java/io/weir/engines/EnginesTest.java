package io.weir.engines;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was produced as records is answered as rows, by every engine, and as of any snapshot. */
@Tag("e2e")
class EnginesTest {
    private static final long SUM_OF_AMOUNTS = (long) FilledTopics.ORDERS * (FilledTopics.ORDERS - 1) / 2;
    private static final int HALF = FilledTopics.ORDERS / 2;
    private static final int OF_ONE_CUSTOMER = FilledTopics.ORDERS / FilledTopics.CUSTOMERS;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static FilledTopics topics;

    @SuppressWarnings("NullAway.Init")
    private static Engine spark;

    @SuppressWarnings("NullAway.Init")
    private static Engine trino;

    @SuppressWarnings("NullAway.Init")
    private static Engine pyiceberg;

    /** The engines start while the topics are filled. */
    @BeforeAll
    static void start() throws Exception {
        topics = FilledTopics.start(directory.resolve("data"));
        spark = Engine.spark(topics.catalog());
        trino = Engine.trino(topics.catalog(), topics.s3());
        pyiceberg = Engine.pyiceberg(topics.catalog());
        topics.fill();
        pyiceberg.ready();
        spark.ready();
        trino.ready();
    }

    @AfterAll
    static void stop() {
        for (AutoCloseable each : new AutoCloseable[] {pyiceberg, trino, spark, topics}) {
            closeIfStarted(each);
        }
    }

    private static void closeIfStarted(AutoCloseable each) {
        if (each != null) {
            try {
                each.close();
            } catch (Exception failed) {
                throw new IllegalStateException("Cannot stop " + each, failed);
            }
        }
    }

    @Nested
    class Spark {
        @Test
        void countsAndSumsAFieldOfAJsonValue() {
            assertThat(spark.value("select count(*), sum(variant_get(value, '$.amount', 'long')),"
                            + " count(distinct _partition_id, _offset) from weir.topics.orders"))
                    .isEqualTo(FilledTopics.ORDERS + "|" + SUM_OF_AMOUNTS + "|" + FilledTopics.ORDERS);
        }

        @Test
        void readsADecimalOfMoreZerosThanDigits() {
            assertThat(spark.value("select distinct cast(variant_get(value, '$.rate', 'decimal(12, 10)') as string)"
                            + " from weir.topics.orders"))
                    .isEqualTo(FilledTopics.RATE);
        }

        @Test
        void filtersByAFieldOfAJsonValue() {
            assertThat(spark.value("select count(*) from weir.topics.orders"
                            + " where variant_get(value, '$.customer', 'string') = 'c3'"))
                    .isEqualTo(Integer.toString(OF_ONE_CUSTOMER));
        }

        @Test
        void filtersByAFieldOfAJsonText() {
            assertThat(spark.value("select count(*) from weir.topics.orders_text"
                            + " where get_json_object(value, '$.customer') = 'c3'"))
                    .isEqualTo(Integer.toString(OF_ONE_CUSTOMER));
        }

        @Test
        void filtersByTypedColumns() {
            assertThat(spark.value("select count(*), min(id), sum(amount) from weir.topics.payments where amount >= "
                            + FilledTopics.LARGE))
                    .isEqualTo(largePayments());
        }

        @Test
        void seesAnEvolvedSchema() {
            assertThat(spark.value("select count(*), max(amount) from weir.topics.payments where note is null"))
                    .isEqualTo("100|99");
            assertThat(spark.value("select note from weir.topics.payments where id = 150"))
                    .isEqualTo("note 150");
        }

        @Test
        void travelsInTime() {
            String snapshot = spark.value("select snapshot_id from weir.topics.orders.snapshots"
                    + " where summary['total-records'] = '" + HALF + "'");
            assertThat(spark.value("select count(*) from weir.topics.orders version as of " + snapshot))
                    .isEqualTo(Integer.toString(HALF));
            String time = spark.value("select cast(committed_at as string) from weir.topics.orders.snapshots"
                    + " where snapshot_id = " + snapshot);
            assertThat(spark.value("select count(*) from weir.topics.orders timestamp as of '" + time + "'"))
                    .isEqualTo(Integer.toString(HALF));
        }

        @Test
        void readsTheMetadataTables() {
            assertThat(Integer.parseInt(spark.value("select count(*) from weir.topics.orders.snapshots")))
                    .isGreaterThanOrEqualTo(2);
            assertThat(spark.value("select sum(record_count) from weir.topics.orders.files"))
                    .isEqualTo(Integer.toString(FilledTopics.ORDERS));
        }

        @Test
        void joinsTwoTopics() {
            assertThat(spark.value("select count(*) from weir.topics.orders o join weir.topics.customers c"
                            + " on variant_get(o.value, '$.customer', 'string')"
                            + " = variant_get(c.value, '$.customer', 'string')"
                            + " where variant_get(c.value, '$.home.city', 'string') = 'Paris'"))
                    .isEqualTo(Integer.toString(HALF));
        }

        @Test
        void selectsEveryColumn() {
            assertThat(spark.ask("select * from weir.topics.orders")).hasSize(FilledTopics.ORDERS);
            assertThat(spark.value("select _offset, _timestamp_type, cast(_key as string), size(_headers)"
                            + " from weir.topics.customers where _offset = 0"))
                    .isEqualTo("0|CreateTime|null|0");
        }

        @Test
        void readsDeadLetters() {
            assertThat(spark.value("select count(*), max(cast(value as string)) from weir.dead_letters.orders"
                            + " where reason like '%JSON%'"))
                    .isEqualTo("1|" + FilledTopics.NOT_JSON);
        }

        @Test
        void makesFillsAndRollsBackATableOfItsOwn() {
            spark.ask("create namespace if not exists weir.mine");
            spark.ask("create table weir.mine.visits (city string, visits bigint) using iceberg partitioned by (city)");
            spark.ask("insert into weir.mine.visits values ('New York/1', 1), ('Oslo', 2)");
            String first = spark.value("select snapshot_id from weir.mine.visits.snapshots");
            spark.ask("insert into weir.mine.visits values ('Paris', 3)");
            assertThat(spark.value("select count(*), sum(visits) from weir.mine.visits"))
                    .isEqualTo("3|6");

            spark.ask("call weir.system.rollback_to_snapshot('mine.visits', " + first + ")");

            assertThat(spark.value("select count(*), sum(visits) from weir.mine.visits"))
                    .isEqualTo("2|3");
            spark.ask("drop table weir.mine.visits purge");
            assertThat(spark.ask("show tables in weir.mine")).isEmpty();
        }
    }

    @Nested
    class Trino {
        @Test
        void countsAndSumsAFieldOfAJsonValue() {
            assertThat(trino.value("select count(*), sum(cast(value['amount'] as bigint)) from orders"))
                    .isEqualTo(FilledTopics.ORDERS + "|" + SUM_OF_AMOUNTS);
        }

        @Test
        void readsADecimalOfMoreZerosThanDigits() {
            assertThat(trino.value("select distinct cast(value['rate'] as varchar) from orders"))
                    .isEqualTo(FilledTopics.RATE);
        }

        @Test
        void filtersByAFieldOfAJsonValue() {
            assertThat(trino.value("select count(*) from orders" + " where cast(value['customer'] as varchar) = 'c3'"))
                    .isEqualTo(Integer.toString(OF_ONE_CUSTOMER));
        }

        @Test
        void filtersByAFieldOfAJsonText() {
            assertThat(trino.value("select count(*) from orders_text"
                            + " where json_extract_scalar(value, '$.customer') = 'c3'"))
                    .isEqualTo(Integer.toString(OF_ONE_CUSTOMER));
        }

        @Test
        void filtersByTypedColumns() {
            assertThat(trino.value("select count(*), min(id), sum(amount) from payments where amount >= "
                            + FilledTopics.LARGE))
                    .isEqualTo(largePayments());
        }

        @Test
        void seesAnEvolvedSchema() {
            assertThat(trino.value("select count(*), max(amount) from payments where note is null"))
                    .isEqualTo("100|99");
            assertThat(trino.value("select note from payments where id = 150")).isEqualTo("note 150");
        }

        @Test
        void travelsInTime() {
            String snapshot = trino.value("select snapshot_id from \"orders$snapshots\""
                    + " where element_at(summary, 'total-records') = '" + HALF + "'");
            assertThat(trino.value("select count(*) from orders for version as of " + snapshot))
                    .isEqualTo(Integer.toString(HALF));
            String time = trino.value("select cast(committed_at as varchar) from \"orders$snapshots\""
                    + " where snapshot_id = " + snapshot);
            assertThat(trino.value("select count(*) from orders for timestamp as of timestamp '" + time + "'"))
                    .isEqualTo(Integer.toString(HALF));
        }

        @Test
        void readsTheMetadataTables() {
            assertThat(Integer.parseInt(trino.value("select count(*) from \"orders$snapshots\"")))
                    .isGreaterThanOrEqualTo(2);
            assertThat(trino.value("select sum(record_count) from \"orders$files\""))
                    .isEqualTo(Integer.toString(FilledTopics.ORDERS));
        }

        @Test
        void joinsTwoTopics() {
            assertThat(trino.value("select count(*) from orders o join customers c"
                            + " on cast(o.value['customer'] as varchar) = cast(c.value['customer'] as varchar)"
                            + " where cast(c.value['home']['city'] as varchar) = 'Paris'"))
                    .isEqualTo(Integer.toString(HALF));
        }

        @Test
        void selectsEveryColumn() {
            assertThat(trino.ask("select * from orders")).hasSize(FilledTopics.ORDERS);
            assertThat(trino.value("select count(distinct (_partition_id, _offset)) from orders"))
                    .isEqualTo(Integer.toString(FilledTopics.ORDERS));
        }

        @Test
        void readsDeadLetters() {
            assertThat(trino.value("select count(*), max(from_utf8(value)) from weir.dead_letters.orders"))
                    .isEqualTo("1|" + FilledTopics.NOT_JSON);
        }

        @Test
        void makesFillsAndRollsBackATableOfItsOwn() {
            trino.ask("create schema if not exists weir.theirs");
            trino.ask("create table weir.theirs.visits as select 'Oslo' as city, 2 as visits");
            String first = trino.value(
                    "select snapshot_id from weir.theirs.\"visits$snapshots\"" + " order by committed_at desc limit 1");
            trino.ask("insert into weir.theirs.visits values ('Paris', 3)");
            assertThat(trino.value("select count(*), sum(visits) from weir.theirs.visits"))
                    .isEqualTo("2|5");

            trino.ask("alter table weir.theirs.visits execute rollback_to_snapshot(" + first + ")");

            assertThat(trino.value("select count(*), sum(visits) from weir.theirs.visits"))
                    .isEqualTo("1|2");
            trino.ask("drop table weir.theirs.visits");
        }
    }

    @Nested
    class PyIceberg {
        private static final String ORDERS = "catalog.load_table('topics.orders_text')";
        private static final String PAYMENTS = "catalog.load_table('topics.payments')";

        @Test
        void countsAndSumsAFieldOfAJsonText() {
            assertThat(pyiceberg.value("(lambda t: (t.num_rows, sum(json.loads(v)['amount'] for v in"
                            + " t['value'].to_pylist())))(" + ORDERS + ".scan().to_arrow())"))
                    .isEqualTo(FilledTopics.ORDERS + "|" + SUM_OF_AMOUNTS);
        }

        @Test
        void filtersByAFieldOfAJsonText() {
            assertThat(pyiceberg.value("sum(json.loads(v)['customer'] == 'c3' for v in " + ORDERS
                            + ".scan(selected_fields=('value',)).to_arrow()['value'].to_pylist())"))
                    .isEqualTo(Integer.toString(OF_ONE_CUSTOMER));
        }

        @Test
        void filtersByTypedColumns() {
            assertThat(pyiceberg.value("(lambda t: (t.num_rows, pc.min(t['id']).as_py(), pc.sum(t['amount']).as_py()))("
                            + PAYMENTS + ".scan(row_filter=pi.GreaterThanOrEqual('amount', " + FilledTopics.LARGE
                            + ")).to_arrow())"))
                    .isEqualTo(largePayments());
        }

        @Test
        void seesAnEvolvedSchema() {
            assertThat(pyiceberg.value("(lambda t: (t.num_rows, pc.max(t['amount']).as_py()))(" + PAYMENTS
                            + ".scan(row_filter=pi.IsNull('note')).to_arrow())"))
                    .isEqualTo("100|99");
        }

        @Test
        void travelsInTime() {
            assertThat(pyiceberg.value("(lambda t: t.scan(snapshot_id=[s.snapshot_id for s in t.snapshots() if"
                            + " s.summary['total-records'] == '" + HALF + "'][0]).to_arrow().num_rows)(" + ORDERS
                            + ")"))
                    .isEqualTo(Integer.toString(HALF));
        }

        @Test
        void readsTheMetadataTables() {
            assertThat(Integer.parseInt(pyiceberg.value(ORDERS + ".inspect.snapshots().num_rows")))
                    .isGreaterThanOrEqualTo(2);
            assertThat(pyiceberg.value("pc.sum(" + ORDERS + ".inspect.files()['record_count']).as_py()"))
                    .isEqualTo(Integer.toString(FilledTopics.ORDERS));
        }

        @Test
        void joinsTwoTopics() {
            assertThat(pyiceberg.value("pa.table({'id': [json.loads(v)['id'] for v in " + ORDERS
                            + ".scan().to_arrow()['value'].to_pylist()]}).join(" + PAYMENTS
                            + ".scan(selected_fields=('id',)).to_arrow(), 'id', join_type='inner').num_rows"))
                    .isEqualTo(Integer.toString(FilledTopics.PAYMENTS));
        }

        @Test
        void selectsEveryColumn() {
            assertThat(pyiceberg.value("len(set((r['_partition_id'], r['_offset']) for r in " + ORDERS
                            + ".scan().to_arrow().to_pylist()))"))
                    .isEqualTo(Integer.toString(FilledTopics.ORDERS));
        }

        @Test
        void readsDeadLetters() {
            assertThat(pyiceberg.value("catalog.load_table('dead_letters.orders').scan().to_arrow()['value'][0].as_py()"
                            + ".decode()"))
                    .isEqualTo(FilledTopics.NOT_JSON);
        }

        @Test
        void cannotReadAVariantAndSaysSo() {
            assertThat(pyiceberg.failure("catalog.load_table('topics.orders')")).contains("variant");
        }

        @Test
        void makesFillsAndRollsBackATableOfItsOwn() {
            pyiceberg.ask("catalog.create_namespace_if_not_exists('snake')");
            pyiceberg.ask("catalog.create_table('snake.visits', schema=pa.schema([('city', pa.string()), ('visits',"
                    + " pa.int64())])).append(pa.table({'city': ['Oslo', 'Paris'], 'visits': [2, 3]}))");
            assertThat(pyiceberg.value(
                            "pc.sum(catalog.load_table('snake.visits').scan().to_arrow()['visits']).as_py()"))
                    .isEqualTo("5");
            String first = pyiceberg.value("catalog.load_table('snake.visits').current_snapshot().snapshot_id");
            pyiceberg.ask("catalog.load_table('snake.visits').append(pa.table({'city': ['Rome'], 'visits': [4]}))");

            pyiceberg.ask("catalog.load_table('snake.visits').manage_snapshots().rollback_to_snapshot(" + first
                    + ").commit()");

            assertThat(pyiceberg.value(
                            "pc.sum(catalog.load_table('snake.visits').scan().to_arrow()['visits']).as_py()"))
                    .isEqualTo("5");
            assertThat(pyiceberg.ask("[t[1] for t in catalog.list_tables('snake')]"))
                    .isEqualTo(List.of("visits"));
            pyiceberg.ask("catalog.drop_table('snake.visits')");
        }
    }

    /** Those of the second schema: how many, the first, the sum. */
    private static String largePayments() {
        long from = FilledTopics.PAYMENTS / 2;
        long sum = 0;
        for (long id = from; id < FilledTopics.PAYMENTS; id++) {
            sum += FilledTopics.LARGE + id;
        }
        return (FilledTopics.PAYMENTS - from) + "|" + from + "|" + sum;
    }
}
