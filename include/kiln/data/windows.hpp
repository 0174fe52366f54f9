// SPDX-License-Identifier: BSL-1.0
#pragma once
// Windows of a long series as a data set, without copies: sample i is a view of T frames from frame i · stride on, and
// its target a view of frames of the same series, or of another one of as many frames. Windows must not outlive the
// series.
//
//     // 48 frames of 3 features, and the 24 frames that follow them
//     data::Windows<Shape<48, 3>, Shape<24, 3>> windows(series, {.stride = 6});
//     // 48 frames of 3 features, and the price 12 frames behind the last
//     data::Windows<Shape<48, 3>, Shape<1>> prices(series, price, {.ahead = 12});
//     // 512 frames of a sound, and what an effect made of each
//     data::Windows<Shape<512, 1>> sounds(dry, wet, {.ahead = 0});
//     // 64 characters, and for each of them the next one
//     data::Windows<Tokens<65, 64>> text(characters, {.stride = 16});
//     const auto [train, validation] = text.split_in_time(0.1);  // the end of the text, without overlap
//
// Sample i begins at frame i · stride and has T frames. The last frame of a target is `ahead` frames behind the last of
// its sample. By default a target of a series follows its sample, and each token of a text has the next one as its
// label.

#include <kiln/core/expects.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/tensor_view.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/files/detail/concat.hpp>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The places of windows in a series, in frames.
struct WindowOptions {
    int stride = 1;  ///< from one sample to the next
    /// From the last frame of a sample to the last of its target; without a number: as stated above.
    std::optional<int> ahead = {};
};

namespace detail {
// The frames of a shape, and the values in each. A target of one frame may be Shape<G>.
template <class S>
inline constexpr int window_frames = S::extents.rank > 1 || kiln::detail::is_tokens<S> ? S::extents[0] : 1;
template <class S>
inline constexpr int window_values = S::count / window_frames<S>;

template <class S>
using series_value = std::conditional_t<!kiln::detail::is_tokens<S>, float,
                                        std::conditional_t<S::extents.values <= 256, std::uint8_t, std::uint16_t>>;
}  // namespace detail

template <class Data>
struct TimeSplit;

/// Windows of shape S, Shape<T, F> or Tokens<V, T>, with targets of shape G, Shape<H, K> or Shape<K> or Tokens<V, H>,
/// in series of Value. A data set.
template <class S, class G = S, class Value = detail::series_value<S>>
class Windows {
    static constexpr int frames = detail::window_frames<S>, target_frames = detail::window_frames<G>;
    static constexpr std::size_t values = detail::window_values<S>, target_values = detail::window_values<G>;
    static constexpr bool is_text = kiln::detail::is_tokens<S>;
    static constexpr bool both_are_text = kiln::detail::is_tokens<S> == kiln::detail::is_tokens<G>;
    static_assert(both_are_text, "kiln: Windows need samples and targets of one kind, got tokens and real numbers; try "
                                 "Windows<Tokens<V, T>> for labels that are the next tokens");

  public:
    using Input = S;

    /// Windows of a series whose frames have as many values as those of samples and targets. Throws
    /// std::invalid_argument if the series has parts of a frame, too few frames for one window, a value that is not
    /// finite, or a token that is none of the shape's; and for a stride below 1 or a target that would begin before its
    /// sample.
    explicit Windows(std::span<const Value> series, const WindowOptions& options = {}) requires(values == target_values)
        : Windows(series, series, options) {}
    /// Windows of one series with targets in another, which has as many frames.
    Windows(std::span<const Value> series, std::span<const Value> targets, const WindowOptions& options = {})
        : Windows(Unchecked{}, series, targets, options) {
        require_values(series, "the series");
        if (targets.data() != series.data()) require_values(targets, "the targets");
    }
    explicit Windows(const std::vector<Value>&&, const WindowOptions& = {}) = delete;
    Windows(const std::vector<Value>&&, const std::vector<Value>&&, const WindowOptions& = {}) = delete;

    int size() const { return size_; }
    float scale() const { return 1; }
    TensorView<Value, S> sample(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return {series_.data() + at(i) * values};
    }
    TensorView<Value, G> target(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return {targets_.data() + (at(i) + static_cast<std::size_t>(behind(options_))) * target_values};
    }
    /// A copy of sample i.
    Tensor<float, S> image(int i) const {
        Tensor<float, S> copy;
        detail::read_scaled(sample(i), 1, copy);
        return copy;
    }
    /// The frame of the series at which sample i begins.
    int begin_of(int i) const { return static_cast<int>(at(i)); }

    /// Divides the series in time: the last fraction `validation` of its frames, and the frames before. No frame is in
    /// windows or targets of both parts. Throws std::invalid_argument if a part has no window.
    TimeSplit<Windows> split_in_time(double validation) const {
        const int all = static_cast<int>(series_.size() / values);
        if (!(0 <= validation && validation <= 1)) refuse("a share from 0 to 1 to split, got ", validation);
        const int before = all - static_cast<int>(validation * all + 0.5);
        return {part(0, before), part(before, all)};
    }

  private:
    struct Unchecked {};
    Windows(Unchecked, std::span<const Value> series, std::span<const Value> targets, const WindowOptions& options)
        : series_(series),
          targets_(targets),
          options_(options) {
        const std::size_t all = series.size() / values;
        if (series.size() % values != 0) refuse("frames of ", values, " values, got ", series.size(), " values in all");
        if (targets.size() != all * target_values)
            refuse("targets of ", target_values, " values for each of ", all, " frames, got ", targets.size(),
                   " values");
        if (options.stride < 1) refuse(".stride of at least 1, got ", options.stride);
        if (options.ahead && *options.ahead < 0) refuse(".ahead of at least 0, got ", *options.ahead);
        if (behind(options) < 0)
            refuse("targets that do not begin before their sample, got .ahead = ", *options.ahead,
                   "; try .ahead = ", target_frames - frames, " or more");
        if (all > static_cast<std::size_t>(INT_MAX)) refuse("at most ", INT_MAX, " frames, got ", all);
        const long long last = behind(options) + target_frames, span = last > frames ? last : frames;
        if (static_cast<long long>(all) < span)
            refuse("a series of at least ", span, " frames, those of one window and its target, got ", all);
        size_ = static_cast<int>((static_cast<long long>(all) - span) / options.stride) + 1;
    }

    template <class... Need>
    [[noreturn, gnu::cold]] static void refuse(const Need&... need) {
        throw std::invalid_argument(concat("kiln: Windows need ", need...));
    }
    static void require_values(std::span<const Value> series, const char* which) {
        for (std::size_t k = 0; k < series.size(); ++k) {
            if constexpr (is_text) {
                if (static_cast<long long>(series[k]) < 0 || static_cast<long long>(series[k]) >= S::extents.values)
                    refuse("tokens from 0 to ", S::extents.values - 1, ", got ", static_cast<long long>(series[k]),
                           " at place ", k, " of ", which);
            } else if (!(series[k] - series[k] == 0)) {
                refuse("finite values, got ", series[k], " in frame ", k / values, " of ", which);
            }
        }
    }
    Windows part(int first, int end) const {
        const auto begin = static_cast<std::size_t>(first), count = static_cast<std::size_t>(end - first);
        return Windows(Unchecked{}, series_.subspan(begin * values, count * values),
                       targets_.subspan(begin * target_values, count * target_values), options_);
    }

    std::size_t at(int i) const { return static_cast<std::size_t>(i) * static_cast<std::size_t>(options_.stride); }
    // The frames from the first of a sample to the first of its target.
    static constexpr long long behind(const WindowOptions& options) {
        const long long ahead = options.ahead ? *options.ahead : is_text ? 1 : target_frames;
        return frames - 1 + ahead - (target_frames - 1);
    }

    std::span<const Value> series_, targets_;
    WindowOptions options_;
    int size_ = 0;
};

/// The two parts of a series: windows to train on, and later ones to validate with.
template <class Data>
struct TimeSplit {
    Data train, validation;
};

}  // namespace kiln::inline KILN_TARGET::data
