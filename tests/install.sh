# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# Sourced by tests/run.sh, tests/speed/run.sh, examples/run.sh and the run.sh of single examples: finds out what a build needs and installs what is
# missing with the system's package manager. Where everything is present it changes nothing and asks no server.
# The sourcing script sets `root` (the repository) and `compiler` (a name or path).
: "${root:?}" "${compiler:?}"

say() { printf 'kiln: %s\n' "$*"; }
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# How many compilations and tests run at once; cmake and ctest read these.
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$CMAKE_BUILD_PARALLEL_LEVEL}

# compiles <program text> [flags...]: whether $compiler, or any other while it is missing, makes a program of it.
compiles() {
    local text=$1 cxx=$compiler program status=0
    shift
    command -v "$cxx" >/dev/null || cxx=c++
    if [[ -d /opt/homebrew/include ]]; then set -- "$@" -I/opt/homebrew/include -L/opt/homebrew/lib; fi
    program=$(mktemp)
    printf '%b' "$text" | "$cxx" -std=c++20 -x c++ -o "$program" - "$@" >/dev/null 2>&1 || status=1
    rm -f "$program"
    return $status
}
has_header() { compiles "#if !__has_include(<$1>)\n#error absent\n#endif\nint main() {}\n" "${@:2}"; }

# The Python that the system's packages are for.
system_python() { if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else echo python3; fi; }

# present <part>: whether a part of the build is there.
present() {
    case $1 in
    cmake | make) command -v "$1" >/dev/null ;;
    compiler) command -v "$compiler" >/dev/null && compiles '#include <span>\nint main() {}\n' ;;
    sanitizers) present compiler && compiles 'int main() {}\n' -fsanitize=address,undefined ;;
    fuzzer)
        present compiler && compiles 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }\n' \
            -fsanitize=fuzzer,address,undefined
        ;;
    boost) has_header boost/hana/tuple.hpp ;;
    boost_test) has_header boost/test/unit_test.hpp -lboost_unit_test_framework ;;
    program_options) has_header boost/program_options.hpp -lboost_program_options ;;
    zlib) has_header zlib.h -lz ;;
    libzip) has_header zip.h -lzip ;;
    json) has_header nlohmann/json.hpp ;;
    sndfile) has_header sndfile.h -lsndfile ;;
    csv) compiles '#include <csv.h>\nint main() { csv_parser parser; return csv_init(&parser, CSV_STRICT); }\n' -lcsv ;;
    openmpi | mpich) command -v "mpicxx.$1" >/dev/null && command -v "mpirun.$1" >/dev/null ;;
    eigen) has_header eigen3/Eigen/Core || has_header Eigen/Core ;;
    onnx) has_header onnx/onnx_pb.h -lonnx_proto -lprotobuf ;;
    python) "$(system_python)" -c '' 2>/dev/null ;;
    python_onnx) "$(system_python)" -I -c 'import onnx' 2>/dev/null ;;
    python_numpy) "$(system_python)" -I -c 'import numpy' 2>/dev/null ;;
    python_torch) "$(system_python)" -I -c 'import torch' 2>/dev/null ;;
    node) command -v node >/dev/null && command -v npm >/dev/null ;;
    benchmark) has_header benchmark/benchmark.h -lbenchmark ;;
    time) [[ -x /usr/bin/time ]] ;;
    arm_compiler)
        printf '#include <span>\nint main() {}\n' | arm-none-eabi-g++ -std=c++20 -mcpu=cortex-m4 -mthumb -nostartfiles \
            --specs=nano.specs -x c++ - -o /dev/null >/dev/null 2>&1
        ;;
    arm_machine) command -v qemu-system-arm >/dev/null ;;
    riscv_compiler)
        printf '#include <stdint.h>\nint main() {}\n' | riscv64-unknown-elf-g++ --specs=picolibc.specs -march=rv32imac \
            -mabi=ilp32 -nostartfiles -nodefaultlibs -x c++ - -o /dev/null >/dev/null 2>&1
        ;;
    riscv_machine) command -v qemu-system-riscv32 >/dev/null && command -v qemu-system-riscv64 >/dev/null ;;
    windows_compiler) command -v x86_64-w64-mingw32-g++-posix >/dev/null ;;
    wine) command -v wine >/dev/null && command -v wineboot >/dev/null ;;
    cross_compilers)
        command -v aarch64-linux-gnu-g++ && command -v arm-linux-gnueabihf-g++ && command -v s390x-linux-gnu-g++ &&
            command -v riscv64-linux-gnu-g++ && command -v i686-linux-gnu-g++
        ;;
    machines)
        command -v qemu-aarch64 && command -v qemu-arm && command -v qemu-s390x && command -v qemu-riscv64 &&
            command -v qemu-i386
        ;;
    libcxx) printf '#include <span>\nint main() {}\n' | clang++-16 -std=c++20 -stdlib=libc++ -x c++ - -o /dev/null 2>/dev/null ;;
    emscripten) command -v "${EMXX:-em++}" >/dev/null ;;
    chromium) [[ -n $(command -v chromium chromium-browser google-chrome) ]] ;;
    esac
}

# packages_of <manager> <part>: what to install for it.
packages_of() {
    local name version=
    name=$(basename "$compiler")
    if [[ $name =~ -[0-9]+$ ]]; then version=${BASH_REMATCH[0]}; fi # "-19" of clang++-19
    case $1:$2 in
    *:cmake | *:make | *:time) echo "$2" ;;
    apt-get:compiler) if [[ $name == clang* ]]; then echo "clang$version"; else echo "g++$version"; fi ;;
    dnf:compiler) if [[ $name == clang* ]]; then echo clang; else echo gcc-c++; fi ;;
    pacman:compiler) if [[ $name == clang* ]]; then echo clang; else echo gcc; fi ;;
    brew:compiler) if [[ $name == clang* ]]; then echo llvm; else echo gcc; fi ;;
    apt-get:sanitizers | apt-get:fuzzer) if [[ $name == clang* ]]; then echo "libclang-rt$version-dev"; else echo "g++$version"; fi ;;
    dnf:sanitizers | dnf:fuzzer) if [[ $name == clang* ]]; then echo compiler-rt; else echo libasan libubsan; fi ;;
    pacman:sanitizers | pacman:fuzzer) if [[ $name == clang* ]]; then echo compiler-rt; else echo gcc; fi ;;
    apt-get:boost) echo libboost-dev ;;
    apt-get:boost_test) echo libboost-test-dev ;;
    apt-get:program_options) echo libboost-program-options-dev ;;
    apt-get:zlib) echo zlib1g-dev ;;
    apt-get:libzip) echo libzip-dev ;;
    dnf:libzip) echo libzip-devel ;;
    pacman:libzip | brew:libzip) echo libzip ;;
    apt-get:json) echo nlohmann-json3-dev ;;
    dnf:json) echo json-devel ;;
    pacman:json | brew:json) echo nlohmann-json ;;
    apt-get:sndfile) echo libsndfile1-dev ;;
    dnf:sndfile) echo libsndfile-devel ;;
    pacman:sndfile | brew:sndfile) echo libsndfile ;;
    apt-get:csv) echo libcsv-dev ;; # pacman does not have it
    dnf:csv) echo libcsv-devel ;;
    brew:csv) echo libcsv ;;
    apt-get:openmpi) echo libopenmpi-dev openmpi-bin ;; # asked for where apt is
    apt-get:mpich) echo libmpich-dev mpich ;;
    apt-get:eigen) echo libeigen3-dev ;;
    dnf:eigen) echo eigen3-devel ;;
    pacman:eigen | brew:eigen) echo eigen ;;
    apt-get:onnx) echo libonnx-dev libprotobuf-dev ;;
    dnf:onnx) echo onnx-devel protobuf-devel ;;
    brew:onnx) echo onnx protobuf ;; # pacman does not have it
    apt-get:python | dnf:python | brew:python) echo python3 ;;
    pacman:python) echo python ;;
    apt-get:python_* | dnf:python_*) echo "python3-${2#python_}" ;;
    brew:node) echo node ;;
    *:node) echo nodejs npm ;;
    apt-get:benchmark) echo libbenchmark-dev ;;
    dnf:benchmark | brew:benchmark) echo google-benchmark ;;
    pacman:benchmark) echo benchmark ;;
    dnf:boost | dnf:boost_test | dnf:program_options) echo boost-devel ;;
    dnf:zlib) echo zlib-devel ;;
    pacman:boost* | pacman:program_options | brew:boost* | brew:program_options) echo boost ;;
    pacman:zlib | brew:zlib) echo zlib ;;
    apt-get:arm_compiler) echo gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib ;; # brew has none
    dnf:arm_compiler) echo arm-none-eabi-gcc-cs-c++ arm-none-eabi-newlib ;;
    pacman:arm_compiler) echo arm-none-eabi-gcc arm-none-eabi-newlib ;;
    apt-get:arm_machine | dnf:arm_machine | pacman:arm_machine) echo qemu-system-arm ;;
    brew:arm_machine) echo qemu ;;
    apt-get:riscv_compiler) echo gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf ;; # asked for where apt is
    apt-get:riscv_machine) echo qemu-system-misc ;;
    apt-get:windows_compiler) echo g++-mingw-w64-x86-64-posix ;; # elsewhere they have other names, and are not looked for
    apt-get:wine) echo wine wine64 ;;
    apt-get:cross_compilers)
        echo g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-s390x-linux-gnu g++-riscv64-linux-gnu g++-i686-linux-gnu
        ;;
    apt-get:machines) echo qemu-user ;;
    apt-get:libcxx) echo clang-16 libc++-16-dev libc++abi-16-dev ;;
    *:emscripten) echo emscripten ;;
    apt-get:chromium | dnf:chromium | pacman:chromium) echo chromium ;;
    esac
}

may_install() { [[ $EUID -eq 0 ]] || { command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }; }
as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }

# apt_get <command> <argument>...: with output only if it fails.
apt_get() {
    local output
    output=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        return 1
    }
}

# install_packages <manager> <package>...
install_packages() {
    local manager=$1
    shift
    case $manager in
    apt-get)
        # Lists of packages may be absent, or older than what the server holds.
        { apt-get install --simulate "$@" >/dev/null 2>&1 && apt_get install --no-install-recommends "$@" 2>/dev/null; } ||
            { apt_get update && apt_get install --no-install-recommends "$@"; }
        ;;
    dnf) as_root dnf install -y -q "$@" ;;
    pacman) as_root pacman -Sy --needed --noconfirm "$@" ;;
    brew) brew install --quiet "$@" ;;
    esac
}

# install_missing <part>...: leaves every part present, or ends the script with the reason why it cannot.
install_missing() {
    local part manager candidate missing=() packages=()
    for part in "$@"; do
        present "$part" >/dev/null || missing+=("$part")
    done
    if [[ ${#missing[@]} -gt 0 ]]; then
        manager=
        for candidate in apt-get dnf pacman brew; do
            if command -v $candidate >/dev/null; then
                manager=$candidate
                break
            fi
        done
        [[ -n $manager ]] || fail "missing: ${missing[*]} (compiler: $compiler); no apt, dnf, pacman or brew to install them"
        for part in "${missing[@]}"; do
            for candidate in $(packages_of $manager "$part"); do
                case " ${packages[*]-} " in *" $candidate "*) ;; *) packages+=("$candidate") ;; esac
            done
        done
        [[ ${#packages[@]} -gt 0 ]] || fail "missing: ${missing[*]} (compiler: $compiler); $manager does not have them"
        [[ $manager == brew ]] || may_install ||
            fail "the packages ${packages[*]} are missing, and only root may install them: do that with $manager, then start this again"
        say "installing ${packages[*]} with $manager"
        install_packages $manager "${packages[@]}" || fail "$manager could not install ${packages[*]}"
        hash -r
        for part in "${missing[@]}"; do
            present "$part" >/dev/null || fail "$part is still missing after installing ${packages[*]} (compiler: $compiler)"
        done
    fi

    local major minor
    read -r major minor <<<"$(cmake --version | sed -n 's/^cmake version \([0-9]*\)[.]\([0-9]*\).*/\1 \2/p')"
    ((major * 100 + minor >= 322)) || fail "kiln needs cmake 3.22, this one is $major.$minor"
    compiles '#if defined(__clang__) ? __clang_major__ < 16 : __GNUC__ < 12\n#error\n#endif\nint main() {}\n' ||
        fail "$compiler is too old: kiln needs g++ 12 or clang 16 (try another: --compiler NAME, or CXX=NAME)"
}

# The packages of npm's registry that tests/exchange/package-lock.json pins, by version and checksum. Their own scripts do
# not run: they would download more.
node_packages=$root/build/npm
has_node_packages() {
    cmp -s "$root/tests/exchange/package-lock.json" "$node_packages/package-lock.json" &&
        node -e "require('$node_packages/node_modules/onnxruntime-node')" 2>/dev/null
}
install_node_packages() {
    if has_node_packages; then return; fi
    say "installing onnxruntime-node with npm"
    mkdir -p "$root/build"
    local folder
    folder=$(mktemp -d "$node_packages.XXXXXX")
    cp "$root/tests/exchange/package.json" "$root/tests/exchange/package-lock.json" "$folder"
    npm ci --ignore-scripts --no-audit --no-fund --prefix "$folder" >"$folder/npm.log" 2>&1 || {
        cat "$folder/npm.log" >&2
        rm -rf "$folder"
        fail "npm could not install onnxruntime-node, which tests/exchange/package-lock.json names"
    }
    rm -rf "$node_packages"
    mv "$folder" "$node_packages"
    has_node_packages || fail "onnxruntime-node does not run here: $(node --version 2>&1) on $(uname -sm)"
}

# boost_folder: where Boost's headers are, for compilers that must not see what lies beside them.
boost_folder() {
    local folder
    folder=$(printf '#include <boost/version.hpp>\n' | "$compiler" -E -I/opt/homebrew/include -x c++ - |
        sed -n 's|^# 1 "\(.*\)/version.hpp".*|\1|p' | head -n 1)
    [[ -n $folder ]] || fail "$compiler does not say where Boost is"
    echo "$folder"
}

# configure <build folder> <cmake option>...
configure() {
    local build=$1
    shift
    mkdir -p "$build"
    if command -v flock >/dev/null; then # one run at a time in a folder
        exec 9>"$build/lock"
        flock --nonblock 9 || { say "waiting for another run in $build" && flock 9; }
    fi
    cmake -S "$root" -B "$build" -G "Unix Makefiles" -DCMAKE_CXX_COMPILER="$compiler" "$@" >"$build/configure.log" 2>&1 || {
        cat "$build/configure.log" >&2
        fail "cmake could not configure $build"
    }
}
