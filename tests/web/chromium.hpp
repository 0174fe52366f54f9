// SPDX-License-Identifier: BSL-1.0
#pragma once
// A headless chromium that a test drives through the Chrome DevTools Protocol: JSON messages, each ended by a NUL,
// through pipes at the browser's file descriptors 3 and 4. Mouse, touch and keys arrive in the page as trusted events,
// as a person's do.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::tests {

class Chromium {
  public:
    /// Opens a file in a window of this size, in pixels. Throws, like every function here, if the file or the browser
    /// fails.
    Chromium(const std::string& file, int width, int height);
    ~Chromium();
    Chromium(const Chromium&) = delete;
    Chromium& operator=(const Chromium&) = delete;

    /// The value of a JavaScript expression, as text; waits for a promise.
    std::string evaluate(std::string_view expression);
    /// Waits until the page has been drawn anew.
    void settle() { evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"); }

    /// type: mousePressed, mouseMoved or mouseReleased.
    void mouse(const char* type, double x, double y);
    /// type: touchStart, touchMove or touchEnd, with a finger at (x, y) unless it is lifted.
    void touch(const char* type, double x, double y);
    void press_key(const char* name, int code);

    void resize(int width, int height);
    void prefer_dark(bool dark);
    /// A PNG file.
    std::string screenshot();

  private:
    std::string call(const std::string& method, const std::string& parameters);
    std::string receive();
    void start();

    pid_t process_ = -1;
    int to_ = -1, from_ = -1, calls_ = 0;
    std::filesystem::path profile_;
    std::string session_, unread_;
};

namespace detail {

inline std::string quoted(std::string_view text) {
    std::string json = "\"";
    for (const char letter : text)
        if (letter == '"' || letter == '\\')
            (json += '\\') += letter;
        else
            json += letter == '\n' ? ' ' : letter;
    return json += '"';
}

// The string behind `"name":` in JSON, escapes left as they are.
inline std::string text_of(std::string_view json, const std::string& name) {
    const std::string start = '"' + name + "\":\"";
    const std::size_t begin = json.find(start);
    if (begin == std::string_view::npos) return "";
    std::size_t end = begin + start.size();
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    return std::string(json.substr(begin + start.size(), end - begin - start.size()));
}

inline std::string from_base64(std::string_view text) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned bits = 0;
    int count = 0;
    for (const char letter : text.substr(0, text.find('='))) {
        bits = bits << 6 | static_cast<unsigned>(letters.find(letter));
        if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xff);
    }
    return bytes;
}

// In the browser's process: becomes the browser, with the two pipe ends at 3 and 4.
[[noreturn]] inline void become_browser(int reads, int writes, const std::string& profile) {
    const int in = fcntl(reads, F_DUPFD, 10), out = fcntl(writes, F_DUPFD, 10), log = open("/dev/null", O_WRONLY);
    dup2(in, 3);
    dup2(out, 4);
    dup2(log, 1);
    dup2(log, 2);
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
        std::vector<std::string> words = {name,
                                          "--headless",
                                          "--no-sandbox",
                                          "--disable-gpu",
                                          "--disable-quic",
                                          "--no-first-run",
                                          "--disable-background-networking",
                                          "--disable-component-update",
                                          "--disable-sync",
                                          "--disable-dev-shm-usage",
                                          "--hide-scrollbars",
                                          "--force-color-profile=srgb",
                                          "--remote-debugging-pipe",
                                          "--user-data-dir=" + profile};
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        execvp(name, arguments.data());
    }
    _exit(127);
}

}  // namespace detail

inline Chromium::Chromium(const std::string& file, int width, int height) {
    signal(SIGPIPE, SIG_IGN);
    std::string name = (std::filesystem::temp_directory_path() / "kiln-chromium-XXXXXX").string();
    profile_ = mkdtemp(name.data());
    start();
    const std::string target = detail::text_of(call("Target.createTarget", R"({"url":"about:blank"})"), "targetId");
    session_ = detail::text_of(call("Target.attachToTarget", R"({"targetId":")" + target + R"(","flatten":true})"),
                               "sessionId");
    resize(width, height);
    call("Page.navigate", R"({"url":)" + detail::quoted("file://" + file) + '}');
    evaluate("new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))");
}

inline Chromium::~Chromium() {
    if (process_ > 0) {
        kill(-process_, SIGKILL);  // with its children
        waitpid(process_, nullptr, 0);
    }
    close(to_);
    close(from_);
    std::error_code ignored;
    std::filesystem::remove_all(profile_, ignored);
}

inline void Chromium::start() {
    std::array<int, 2> commands{}, answers{};
    if (pipe2(commands.data(), O_CLOEXEC) != 0 || pipe2(answers.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe to a browser");
    process_ = fork();
    if (process_ == 0) {
        setpgid(0, 0);
        detail::become_browser(commands[0], answers[1], profile_.string());
    }
    close(commands[0]);
    close(answers[1]);
    to_ = commands[1];
    from_ = answers[0];
    if (process_ < 0) throw std::runtime_error("no process for a browser");
    setpgid(process_, process_);
}

inline std::string Chromium::receive() {
    std::size_t end;
    while ((end = unread_.find('\0')) == std::string::npos) {
        pollfd ready{.fd = from_, .events = POLLIN, .revents = 0};
        std::array<char, 65536> part;
        const ssize_t count = poll(&ready, 1, 120'000) == 1 ? read(from_, part.data(), part.size()) : 0;
        if (count <= 0) throw std::runtime_error("the browser does not answer: is chromium installed?");
        unread_.append(part.data(), static_cast<std::size_t>(count));
    }
    std::string message = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    return message;
}

inline std::string Chromium::call(const std::string& method, const std::string& parameters) {
    const std::string id = "\"id\":" + std::to_string(++calls_);
    std::string message = "{" + id + R"(,"method":")" + method + R"(","params":)" + parameters;
    if (!session_.empty()) message += R"(,"sessionId":")" + session_ + '"';
    message += '}';
    const char* next = message.c_str();
    for (std::size_t left = message.size() + 1; left > 0;) {
        const ssize_t count = write(to_, next, left);
        if (count <= 0) throw std::runtime_error("the browser does not listen: is chromium installed?");
        next += count;
        left -= static_cast<std::size_t>(count);
    }
    for (;;) {
        const std::string answer = receive();
        if (!std::string_view(answer).substr(1).starts_with(id + ',')) continue;  // an event
        if (answer.find("\"error\":{") != std::string::npos || answer.find("exceptionDetails") != std::string::npos)
            throw std::runtime_error(method + ' ' + parameters.substr(0, 200) + ": " + answer.substr(0, 600));
        return answer;
    }
}

inline std::string Chromium::evaluate(std::string_view expression) {
    const std::string text = "(async () => String(await (" + std::string(expression) + ")))()";
    return detail::text_of(
        call("Runtime.evaluate", R"({"awaitPromise":true,"expression":)" + detail::quoted(text) + '}'), "value");
}

inline void Chromium::mouse(const char* type, double x, double y) {
    call("Input.dispatchMouseEvent", R"({"type":")" + std::string(type) + R"(","x":)" + std::to_string(x) + R"(,"y":)" +
                                         std::to_string(y) + R"(,"button":"left","buttons":1,"clickCount":1})");
}

inline void Chromium::touch(const char* type, double x, double y) {
    const std::string finger = R"({"x":)" + std::to_string(x) + R"(,"y":)" + std::to_string(y) + '}';
    const bool lifted = std::string_view(type) == "touchEnd";
    call("Input.dispatchTouchEvent",
         R"({"type":")" + std::string(type) + R"(","touchPoints":[)" + (lifted ? "" : finger) + "]}");
}

inline void Chromium::press_key(const char* name, int code) {
    for (const char* type : {"keyDown", "keyUp"})
        call("Input.dispatchKeyEvent", R"({"type":")" + std::string(type) + R"(","key":")" + name + R"(","code":")" +
                                           name + R"(","windowsVirtualKeyCode":)" + std::to_string(code) + '}');
}

inline void Chromium::resize(int width, int height) {
    call("Emulation.setDeviceMetricsOverride", R"({"width":)" + std::to_string(width) + R"(,"height":)" +
                                                   std::to_string(height) +
                                                   R"(,"deviceScaleFactor":1,"mobile":false})");
}

inline void Chromium::prefer_dark(bool dark) {
    call("Emulation.setEmulatedMedia",
         R"({"features":[{"name":"prefers-color-scheme","value":")" + std::string(dark ? "dark" : "light") + R"("}]})");
}

inline std::string Chromium::screenshot() {
    return detail::from_base64(detail::text_of(call("Page.captureScreenshot", "{}"), "data"));
}

}  // namespace kiln::tests
