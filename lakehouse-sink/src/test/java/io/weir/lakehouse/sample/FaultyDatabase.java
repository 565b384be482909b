package io.weir.lakehouse.sample;

import java.io.Closeable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import java.util.UUID;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A database in memory whose changes can fail, lose their answers, or be preceded by something else.
 *
 * <p>Threading: one thread.
 */
public final class FaultyDatabase implements Driver, Closeable {
    private static final String PREFIX = "jdbc:faulty:";

    private final String name;
    private final Connection kept;
    private Runnable beforeChange = () -> {};
    private boolean away;
    private boolean loseAnswer;
    private int changes;

    /** A database of its own, that lives until it is closed and nobody is connected. */
    public FaultyDatabase() throws SQLException {
        this.name = "tables-" + UUID.randomUUID();
        this.kept = DriverManager.getConnection(soundUri());
        DriverManager.registerDriver(this);
    }

    /** Where faults happen. */
    public String uri() {
        return PREFIX + name;
    }

    /** Where none do. */
    public String soundUri() {
        return "jdbc:h2:mem:" + name;
    }

    /** Something else happens before the next change, once. */
    public void beforeChange(Runnable action) {
        beforeChange = action;
    }

    /** Nothing can be read or changed. */
    public void away(boolean now) {
        away = now;
    }

    /** The next change is made, and fails. */
    public void loseNextAnswer() {
        loseAnswer = true;
    }

    /** How many changes were made. */
    public int changes() {
        return changes;
    }

    private Object change(Statement call) throws SQLException {
        Runnable before = beforeChange;
        beforeChange = () -> {};
        before.run();
        Object result = call.run();
        changes++;
        if (loseAnswer) {
            loseAnswer = false;
            throw new SQLException("The answer was lost by the test", "HY000");
        }
        return result;
    }

    /** A call of JDBC's. */
    private interface Statement {
        Object run() throws SQLException;
    }

    @SuppressWarnings("ProxyNonConstantType") // one of JDBC's interfaces
    private <T> T faulty(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Statement call = () -> {
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException thrown) {
                            if (thrown.getCause() instanceof SQLException failure) {
                                throw failure;
                            }
                            throw new LinkageError("The database failed", thrown);
                        } catch (IllegalAccessException bug) {
                            throw new LinkageError("The database cannot be called", bug);
                        }
                    };
                    if (away && !method.getName().equals("close")) {
                        throw new SQLException("Away by the test", "HY000");
                    }
                    if (method.getName().equals("executeUpdate")) {
                        return change(call);
                    }
                    Object result = call.run();
                    return result instanceof PreparedStatement statement
                            ? faulty(PreparedStatement.class, statement)
                            : result;
                }));
    }

    @Override
    public @Nullable Connection connect(String url, Properties properties) throws SQLException {
        if (!acceptsURL(url)) {
            return null;
        }
        if (away) {
            throw new SQLException("Away by the test", "HY000");
        }
        return faulty(Connection.class, DriverManager.getConnection(soundUri()));
    }

    @Override
    public boolean acceptsURL(String url) {
        return url.equals(uri());
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public void close() {
        try {
            DriverManager.deregisterDriver(this);
            kept.close();
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
