# Sourced by the scripts that install what tests need and Weir does not; they set `target`, where everything goes, and
# end with `report`. What is there already is left as it is, so that they work without a network afterwards.
missing=()

# step NAME INPUT COMMAND…: runs the command unless it has succeeded for this content of the input file
step() {
    local name="$1" input="$2" stamp="$target/.$1.installed" sum
    shift 2
    sum="$(cksum <"$input")"
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return 0
    echo "installing the test client $name" >&2
    if "$@" >"$target/$name.install.log" 2>&1; then
        echo "$sum" >"$stamp"
    else
        echo "could not install $name; the end of $target/$name.install.log:" >&2
        tail -n 15 "$target/$name.install.log" >&2
        missing+=("$name")
    fi
}

# jars NAME POM: the jars of a project's run-time dependencies, into $target/NAME
jars() {
    rm -rf "${target:?}/$1"
    # With a directory of its own it does not read the options for the JVM that Weir's build needs, and older JDKs refuse.
    MAVEN_BASEDIR="$target" mvn -B -f "$2" org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$target/$1"
}

# venv NAME REQUIREMENTS: a Python of its own with these packages, in $target/NAME
venv() {
    python3 -m venv "$target/$1" && "$target/$1/bin/pip" install --disable-pip-version-check -r "$2"
}

# package NAME…: from apt-get, where that may be used
package() {
    echo "installing $*" >&2
    if ! { [ "$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y "$@"; } >"$target/apt.log" 2>&1; then
        echo "could not install $*: needs apt-get and root; see $target/apt.log" >&2
        missing+=("$@")
    fi
}

# Names what is missing; with CI=true that is a failure.
report() {
    if [ "${#missing[@]}" != 0 ]; then
        echo "missing: ${missing[*]}" >&2
        [ "${CI:-}" = true ] && exit 1
    fi
    exit 0
}
