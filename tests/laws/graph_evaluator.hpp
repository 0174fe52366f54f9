// SPDX-License-Identifier: BSL-1.0
#pragma once
// ONNX's operators by their specification (https://onnx.ai/onnx/operators), one sample at a time in double: the meaning
// of layers' descriptions. Only operators that a layer of the library uses; a graph with another operator is refused.

#include <kiln/io/graph.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace kiln::laws {

/// Numbers and their sizes. Values between operators have the batch, of size 1, in front.
struct Numbers {
    std::vector<long long> sizes;
    std::vector<double> values;
};

namespace detail {

inline long long product(const std::vector<long long>& sizes, std::size_t first = 0,
                         std::size_t end = static_cast<std::size_t>(-1)) {
    long long count = 1;
    for (std::size_t i = first; i < std::min(end, sizes.size()); ++i) count *= sizes[i];
    return count;
}

class Operator {
  public:
    Operator(const io::Node& node, std::vector<const Numbers*> inputs) : node_(node), in_(std::move(inputs)) {}

    Numbers compute() const {
        const std::string& name = node_.operation;
        if (name == "Identity") return x();
        if (name == "Flatten") return {{size(0), count() / size(0)}, x().values};
        if (name == "Reshape") return reshape();
        if (name == "Relu") return each([](double v) { return std::max(v, 0.0); });
        if (name == "LeakyRelu") return each([a = real("alpha", 0.01)](double v) { return v < 0 ? a * v : v; });
        if (name == "Elu") return each([a = real("alpha", 1)](double v) { return v < 0 ? a * std::expm1(v) : v; });
        if (name == "Tanh") return each([](double v) { return std::tanh(v); });
        if (name == "Erf") return each([](double v) { return std::erf(v); });
        if (name == "Sigmoid") return each([](double v) { return 1 / (1 + std::exp(-v)); });
        if (name == "Softplus") return each([](double v) { return std::log1p(std::exp(v)); });
        if (name == "HardSwish") return each([](double v) { return v * std::clamp(v / 6 + 0.5, 0.0, 1.0); });
        if (name == "Reciprocal") return each([](double v) { return 1 / v; });
        if (name == "Add") return both(std::plus<>());
        if (name == "Mul") return both(std::multiplies<>());
        if (name == "Concat") return concat();
        if (name == "Gather" && integer("axis", 0) == 0) return rows();
        if (name == "Slice") return slice();
        if (name == "MatMul") return mat_mul();
        if (name == "Transpose") return transpose();
        if (name == "Softmax" || name == "LogSoftmax") return softmax(name == "LogSoftmax");
        if (name == "Gemm") return gemm();
        if (name == "Conv") return x().sizes.size() == 3 ? conv_in_time() : conv();
        if (name == "ConvTranspose") return conv_transpose();
        if (name == "MaxPool" || name == "AveragePool")
            return x().sizes.size() == 3 ? pool_in_time(name == "MaxPool") : pool(name == "MaxPool");
        if (name == "GlobalAveragePool") return global_average_pool();
        if (name == "GlobalMaxPool") return global_max_pool();
        if (name == "BatchNormalization") return batch_normalization();
        if (name == "LayerNormalization") return layer_normalization();
        if (name == "Resize") return resize();
        if (name == "Gather") return gather();
        if (name == "RNN" || name == "GRU" || name == "LSTM") return recurrent();
        throw std::runtime_error("no operator " + name);
    }

  private:
    const Numbers& x() const { return *in_.at(0); }
    const std::vector<double>& operand(std::size_t i) const { return in_.at(i)->values; }
    long long count() const { return static_cast<long long>(x().values.size()); }
    long long size(std::size_t i) const { return x().sizes.at(i); }

    // The setting of that name, which must be of that kind; nullptr if there is none.
    const io::Attribute* attribute(const char* name, io::Attribute::Kind kind) const {
        for (const io::Attribute& attribute : node_.attributes) {
            if (attribute.name != name) continue;
            require(attribute.kind == kind, "a setting of another kind");
            return &attribute;
        }
        return nullptr;
    }
    double real(const char* name, float otherwise) const {
        const io::Attribute* const found = attribute(name, io::Attribute::Kind::real);
        return static_cast<double>(found != nullptr ? found->real : otherwise);
    }
    long long integer(const char* name, long long otherwise) const {
        const io::Attribute* const found = attribute(name, io::Attribute::Kind::integer);
        return found != nullptr ? found->integer : otherwise;
    }
    std::string word(const char* name, const char* otherwise) const {
        const io::Attribute* const found = attribute(name, io::Attribute::Kind::word);
        return found != nullptr ? found->word : otherwise;
    }
    // Entry i of a list of integers.
    long long entry(const char* name, std::size_t i, long long otherwise) const {
        const io::Attribute* const found = attribute(name, io::Attribute::Kind::integers);
        return found != nullptr ? found->integers.at(i) : otherwise;
    }
    void require(bool holds, const char* fault) const {
        if (!holds) throw std::runtime_error(node_.operation + ": " + fault);
    }

    Numbers each(auto function) const {
        Numbers y = x();
        for (double& value : y.values) value = function(value);
        return y;
    }
    // Operands of fewer numbers repeat along the first dimensions.
    Numbers both(auto function) const {
        Numbers y = x();
        const std::vector<double>& other = operand(1);
        require(!other.empty() && y.values.size() % other.size() == 0, "operands do not fit");
        for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = function(y.values[i], other[i % other.size()]);
        return y;
    }
    // Along the first dimension of a sample.
    Numbers concat() const {
        require(integer("axis", 0) == 1, "another axis");
        Numbers y{x().sizes, {}};
        y.sizes.at(1) = 0;
        for (const Numbers* part : in_) {
            std::vector<long long> sizes = part->sizes;
            y.sizes[1] += sizes.at(1);
            sizes[1] = y.sizes[1];
            require(sizes == y.sizes, "operands of other sizes");
            y.values.insert(y.values.end(), part->values.begin(), part->values.end());
        }
        return y;
    }
    // Rows of the first operand, whose numbers are the second.
    Numbers rows() const {
        require(x().sizes.size() == 2, "only rows of a matrix");
        Numbers y{in_.at(1)->sizes, {}};
        y.sizes.push_back(size(1));
        for (const double number : operand(1)) {
            const auto first = x().values.begin() + static_cast<long long>(number) * size(1);
            y.values.insert(y.values.end(), first, first + size(1));
        }
        return y;
    }
    // Rows of a constant: from the second operand's number up to, but not with, the third's.
    Numbers slice() const {
        require(operand(1).size() == 1 && operand(2).size() == 1 && operand(3).at(0) == 0, "only rows");
        const auto begin = static_cast<long long>(operand(1)[0]), end = static_cast<long long>(operand(2)[0]);
        const long long row = product(x().sizes, 1);
        Numbers y{x().sizes, {x().values.begin() + begin * row, x().values.begin() + end * row}};
        y.sizes.at(0) = end - begin;
        return y;
    }
    // Pairs of matrices, which the sizes before the last two count.
    Numbers mat_mul() const {
        const std::vector<long long>&a = x().sizes, &b = in_.at(1)->sizes;
        const std::size_t rank = a.size();
        const bool of_one = b.size() == 2;  // the second operand is one matrix, for all of the first
        require(rank > 1 && (of_one || b.size() == rank) && b[b.size() - 2] == a[rank - 1], "operands do not fit");
        require(of_one || std::equal(a.begin(), a.end() - 2, b.begin()), "operands of other leading sizes");
        Numbers y{a, {}};
        y.sizes[rank - 1] = b.back();
        const long long rows = of_one ? product(a, 0, rank - 1) : a[rank - 2];
        const long long terms = a[rank - 1], columns = b.back();
        for (long long row = 0; row < product(a, 0, rank - 1); ++row)
            for (long long column = 0; column < columns; ++column) {
                double sum = 0;
                for (long long k = 0; k < terms; ++k)
                    sum += x().values[static_cast<std::size_t>(row * terms + k)] *
                           operand(1)[static_cast<std::size_t>((row / rows * terms + k) * columns + column)];
                y.values.push_back(sum);
            }
        return y;
    }
    Numbers transpose() const {
        Numbers y = x();
        for (std::size_t i = 0; i < y.sizes.size(); ++i)
            y.sizes[i] = size(static_cast<std::size_t>(entry("perm", i, -1)));
        for (std::size_t place = 0; place < y.values.size(); ++place) {
            // Element `place` of y has index i_0, i_1, …; dimension perm[i] of x has index i_i.
            long long from = 0, rest = static_cast<long long>(place);
            for (std::size_t i = y.sizes.size(); i-- > 0; rest /= y.sizes[i])
                from += rest % y.sizes[i] * product(x().sizes, static_cast<std::size_t>(entry("perm", i, -1)) + 1);
            y.values[place] = x().values[static_cast<std::size_t>(from)];
        }
        return y;
    }
    Numbers reshape() const {
        Numbers y{{}, x().values};
        for (std::size_t i = 0; i < operand(1).size(); ++i) {
            const auto wanted = static_cast<long long>(operand(1)[i]);
            y.sizes.push_back(wanted == 0 ? size(i) : wanted);
        }
        for (long long& wanted : y.sizes)
            if (wanted == -1) wanted = 1, wanted = count() / product(y.sizes);
        require(product(y.sizes) == count(), "another number of elements");
        return y;
    }
    // Along the first dimension of a sample.
    Numbers gather() const {
        require(integer("axis", 0) == 1, "another axis");
        const long long row = product(x().sizes, 2);
        Numbers y{x().sizes, {}};
        y.sizes.at(1) = static_cast<long long>(operand(1).size());
        for (const double index : operand(1)) {
            const auto first = x().values.begin() + static_cast<long long>(index) * row;
            y.values.insert(y.values.end(), first, first + row);
        }
        return y;
    }
    // x is [time][batch][inputs]; the result [time][direction][batch][units].
    Numbers recurrent() const {
        const bool both = word("direction", "forward") == "bidirectional";
        const long long T = size(0), inputs = size(2), H = integer("hidden_size", 0), directions = both ? 2 : 1,
                        gates = node_.operation == "GRU"    ? 3
                                : node_.operation == "LSTM" ? 4
                                                            : 1;
        using Sizes = std::vector<long long>;
        require(size(1) == 1 && (in_.at(1)->sizes == Sizes{directions, gates * H, inputs}) &&
                    (in_.at(2)->sizes == Sizes{directions, gates * H, H}) &&
                    (in_.at(3)->sizes == Sizes{directions, 2 * gates * H}),
                "operands of other sizes");
        require(gates != 3 || integer("linear_before_reset", 0) == 1, "only with the reset behind the product");
        Numbers y{{T, directions, 1, H}, std::vector<double>(static_cast<std::size_t>(T * directions * H))};
        for (long long d = 0; d < directions; ++d) {
            std::vector<double> h(static_cast<std::size_t>(H)), c = h;
            for (long long step = 0; step < T; ++step) {
                const long long t = d == 0 ? step : T - 1 - step;
                const std::vector<double> before = h;
                for (long long u = 0; u < H; ++u) {
                    // The products of gate g with x, and with h, each with its bias.
                    const auto of_input = [&](long long g) {
                        const long long row = d * gates * H + g * H + u;
                        double sum = at(3, d * 2 * gates * H + g * H + u);
                        for (long long i = 0; i < inputs; ++i) sum += at(1, row * inputs + i) * at(0, t * inputs + i);
                        return sum;
                    };
                    const auto of_hidden = [&](long long g) {
                        const long long row = d * gates * H + g * H + u;
                        double sum = at(3, d * 2 * gates * H + (gates + g) * H + u);
                        for (long long i = 0; i < H; ++i)
                            sum += at(2, row * H + i) * before[static_cast<std::size_t>(i)];
                        return sum;
                    };
                    const auto gate = [&](long long g) { return 1 / (1 + std::exp(-of_input(g) - of_hidden(g))); };
                    double &next = h[static_cast<std::size_t>(u)], &memory = c[static_cast<std::size_t>(u)];
                    if (gates == 1) {
                        next = std::tanh(of_input(0) + of_hidden(0));
                    } else if (gates == 3) {  // z r h
                        const double z = gate(0);
                        next = (1 - z) * std::tanh(of_input(2) + gate(1) * of_hidden(2)) + z * next;
                    } else {  // i o f c
                        memory = gate(2) * memory + gate(0) * std::tanh(of_input(3) + of_hidden(3));
                        next = gate(1) * std::tanh(memory);
                    }
                    y.values[static_cast<std::size_t>((t * directions + d) * H + u)] = next;
                }
            }
        }
        return y;
    }
    double at(std::size_t operand_number, long long i) const {
        return operand(operand_number)[static_cast<std::size_t>(i)];
    }
    Numbers softmax(bool logarithm) const {
        Numbers y = x();
        const auto axis = static_cast<std::size_t>(integer("axis", -1));
        const long long classes = size(axis), inner = product(x().sizes, axis + 1), outer = product(x().sizes, 0, axis);
        for (long long o = 0; o < outer; ++o)
            for (long long i = 0; i < inner; ++i) {
                double sum = 0;
                const auto at = [&](long long k) -> double& {
                    return y.values[static_cast<std::size_t>((o * classes + k) * inner + i)];
                };
                for (long long k = 0; k < classes; ++k) sum += std::exp(at(k));
                for (long long k = 0; k < classes; ++k)
                    at(k) = logarithm ? at(k) - std::log(sum) : std::exp(at(k)) / sum;
            }
        return y;
    }
    Numbers gemm() const {
        require(integer("transB", 0) == 1 && x().sizes.size() == 2, "only transposed weights and vectors");
        const long long rows = size(0), inputs = size(1), outputs = in_.at(1)->sizes.at(0);
        Numbers y{{rows, outputs}, {}};
        for (long long row = 0; row < rows; ++row)
            for (long long o = 0; o < outputs; ++o) {
                double sum = in_.size() > 2 && !operand(2).empty() ? operand(2)[static_cast<std::size_t>(o)] : 0;
                for (long long i = 0; i < inputs; ++i)
                    sum += operand(1)[static_cast<std::size_t>(o * inputs + i)] *
                           x().values[static_cast<std::size_t>(row * inputs + i)];
                y.values.push_back(sum);
            }
        return y;
    }

    // A window that slides over maps: calls visit(input pixel, output pixel, place in the window) where it is inside.
    void slide(const Numbers& in, const Numbers& out, auto visit) const {
        for (long long r = 0; r < out.sizes.at(2); ++r)
            for (long long c = 0; c < out.sizes.at(3); ++c)
                for (long long kr = 0; kr < entry("kernel_shape", 0, 1); ++kr)
                    for (long long kc = 0; kc < entry("kernel_shape", 1, 1); ++kc) {
                        const long long row = r * entry("strides", 0, 1) + kr - entry("pads", 0, 0);
                        const long long column = c * entry("strides", 1, 1) + kc - entry("pads", 1, 0);
                        if (row < 0 || row >= in.sizes.at(2) || column < 0 || column >= in.sizes.at(3)) continue;
                        visit(row * in.sizes.at(3) + column, r * out.sizes.at(3) + c,
                              kr * entry("kernel_shape", 1, 1) + kc);
                    }
    }
    Numbers maps(long long channels, double value) const {
        Numbers y{{1, channels}, {}};
        for (std::size_t i = 0; i < 2; ++i)
            y.sizes.push_back(
                (size(2 + i) + entry("pads", i, 0) + entry("pads", 2 + i, 0) - entry("kernel_shape", i, 1)) /
                    entry("strides", i, 1) +
                1);
        y.values.assign(static_cast<std::size_t>(product(y.sizes)), value);
        return y;
    }
    static double& pixel(Numbers& maps, long long channel, long long pixel) {
        return maps.values[static_cast<std::size_t>(channel * maps.sizes[2] * maps.sizes[3] + pixel)];
    }
    double input_pixel(long long channel, long long pixel) const {
        return x().values[static_cast<std::size_t>(channel * size(2) * size(3) + pixel)];
    }
    Numbers conv() const {
        const std::vector<long long>& weight = in_.at(1)->sizes;
        const long long outputs = weight.at(0), seen = weight.at(1), window = weight.at(2) * weight.at(3);
        const long long group = outputs / integer("group", 1);
        Numbers y = maps(outputs, 0);
        for (long long o = 0; o < outputs; ++o) {
            slide(x(), y, [&](long long from, long long to, long long place) {
                for (long long i = 0; i < seen; ++i)
                    pixel(y, o, to) += operand(1)[static_cast<std::size_t>((o * seen + i) * window + place)] *
                                       input_pixel(o / group * seen + i, from);
            });
            for (long long p = 0; p < y.sizes[2] * y.sizes[3]; ++p)
                pixel(y, o, p) += operand(2)[static_cast<std::size_t>(o)];
        }
        return y;
    }
    // The adjoint of sliding from y to x.
    Numbers conv_transpose() const {
        const std::vector<long long>& weight = in_.at(1)->sizes;
        const long long inputs = weight.at(0), outputs = weight.at(1), window = weight.at(2) * weight.at(3);
        Numbers y{{1, outputs}, {}};
        for (std::size_t i = 0; i < 2; ++i)
            y.sizes.push_back((size(2 + i) - 1) * entry("strides", i, 1) + entry("kernel_shape", i, 1) +
                              entry("output_padding", i, 0) - entry("pads", i, 0) - entry("pads", 2 + i, 0));
        y.values.resize(static_cast<std::size_t>(product(y.sizes)));
        for (long long o = 0; o < outputs; ++o) {
            slide(y, x(), [&](long long to, long long from, long long place) {
                for (long long i = 0; i < inputs; ++i)
                    pixel(y, o, to) +=
                        operand(1)[static_cast<std::size_t>((i * outputs + o) * window + place)] * input_pixel(i, from);
            });
            for (long long p = 0; p < y.sizes[2] * y.sizes[3]; ++p)
                pixel(y, o, p) += operand(2)[static_cast<std::size_t>(o)];
        }
        return y;
    }
    Numbers pool(bool largest) const {
        Numbers y = maps(size(1), largest ? -std::numeric_limits<double>::infinity() : 0);
        require(largest || integer("count_include_pad", 0) == 1, "only with the padding counted");
        const auto window = static_cast<double>(entry("kernel_shape", 0, 1) * entry("kernel_shape", 1, 1));
        for (long long c = 0; c < size(1); ++c)
            slide(x(), y, [&](long long from, long long to, long long) {
                double& value = pixel(y, c, to);
                value = largest ? std::max(value, input_pixel(c, from)) : value + input_pixel(c, from) / window;
            });
        return y;
    }
    Numbers global_average_pool() const {
        Numbers y{{1, size(1)}, std::vector<double>(static_cast<std::size_t>(size(1)))};
        y.sizes.resize(x().sizes.size(), 1);
        const long long pixels = product(x().sizes, 2);
        for (long long i = 0; i < count(); ++i)
            y.values[static_cast<std::size_t>(i / pixels)] +=
                x().values[static_cast<std::size_t>(i)] / static_cast<double>(pixels);
        return y;
    }
    Numbers global_max_pool() const {
        Numbers y{{1, size(1)}, {}};
        y.sizes.resize(x().sizes.size(), 1);
        const auto pixels = static_cast<long>(product(x().sizes, 2));
        for (long c = 0; c < static_cast<long>(size(1)); ++c)
            y.values.push_back(
                *std::max_element(x().values.begin() + c * pixels, x().values.begin() + (c + 1) * pixels));
        return y;
    }
    // One dimension of places: calls visit(place of x, place of y, place in the window) where it is inside.
    void slide_in_time(long long rows, auto visit) const {
        for (long long row = 0; row < rows; ++row)
            for (long long k = 0; k < entry("kernel_shape", 0, 1); ++k) {
                const long long from =
                    row * entry("strides", 0, 1) + k * entry("dilations", 0, 1) - entry("pads", 0, 0);
                if (from >= 0 && from < size(2)) visit(from, row, k);
            }
    }
    long long rows_in_time() const {
        return (size(2) + entry("pads", 0, 0) + entry("pads", 1, 0) -
                entry("dilations", 0, 1) * (entry("kernel_shape", 0, 1) - 1) - 1) /
                   entry("strides", 0, 1) +
               1;
    }
    Numbers conv_in_time() const {
        const std::vector<long long>& weight = in_.at(1)->sizes;
        const long long outputs = weight.at(0), seen = weight.at(1), rows = rows_in_time();
        const long long group = outputs / integer("group", 1);
        require(weight.at(2) == entry("kernel_shape", 0, 1), "a kernel of another size");
        Numbers y{{1, outputs, rows}, std::vector<double>(static_cast<std::size_t>(outputs * rows))};
        for (long long o = 0; o < outputs; ++o) {
            if (in_.size() > 2 && !operand(2).empty())
                for (long long row = 0; row < rows; ++row)
                    y.values[static_cast<std::size_t>(o * rows + row)] = operand(2)[static_cast<std::size_t>(o)];
            slide_in_time(rows, [&](long long from, long long to, long long k) {
                for (long long i = 0; i < seen; ++i)
                    y.values[static_cast<std::size_t>(o * rows + to)] +=
                        operand(1)[static_cast<std::size_t>((o * seen + i) * weight[2] + k)] *
                        x().values[static_cast<std::size_t>((o / group * seen + i) * size(2) + from)];
            });
        }
        return y;
    }
    Numbers pool_in_time(bool largest) const {
        const long long channels = size(1), rows = rows_in_time();
        const auto window = static_cast<double>(entry("kernel_shape", 0, 1));
        const double start = largest ? -std::numeric_limits<double>::infinity() : 0;
        Numbers y{{1, channels, rows}, std::vector<double>(static_cast<std::size_t>(channels * rows), start)};
        for (long long c = 0; c < channels; ++c)
            slide_in_time(rows, [&](long long from, long long to, long long) {
                double& value = y.values[static_cast<std::size_t>(c * rows + to)];
                const double seen = x().values[static_cast<std::size_t>(c * size(2) + from)];
                value = largest ? std::max(value, seen) : value + seen / window;
            });
        return y;
    }
    Numbers batch_normalization() const {
        Numbers y = x();
        const double epsilon = real("epsilon", 1e-5f);
        for (std::size_t i = 0; i < y.values.size(); ++i) {
            const auto c = static_cast<std::size_t>(static_cast<long long>(i) / product(x().sizes, 2));
            y.values[i] = (y.values[i] - operand(3).at(c)) / std::sqrt(operand(4).at(c) + epsilon) * operand(1).at(c) +
                          operand(2).at(c);
        }
        return y;
    }
    Numbers layer_normalization() const {
        Numbers y = x();
        const long long axis = integer("axis", -1), rank = static_cast<long long>(x().sizes.size());
        const auto length =
            static_cast<std::size_t>(product(x().sizes, static_cast<std::size_t>(axis < 0 ? rank + axis : axis)));
        for (std::size_t begin = 0; begin < y.values.size(); begin += length) {
            double mean = 0, variance = 0;
            for (std::size_t i = 0; i < length; ++i) mean += x().values[begin + i] / static_cast<double>(length);
            for (std::size_t i = 0; i < length; ++i)
                variance += std::pow(x().values[begin + i] - mean, 2) / static_cast<double>(length);
            for (std::size_t i = 0; i < length; ++i)
                y.values[begin + i] =
                    (x().values[begin + i] - mean) / std::sqrt(variance + real("epsilon", 1e-5f)) * operand(1).at(i) +
                    operand(2).at(i);
        }
        return y;
    }
    Numbers resize() const {
        require(word("mode", "nearest") == "nearest" && word("coordinate_transformation_mode", "") == "asymmetric" &&
                    word("nearest_mode", "") == "floor",
                "only floor(y / scale)");
        const auto row_scale = static_cast<long long>(operand(2).at(2)),
                   column_scale = static_cast<long long>(operand(2).at(3));
        Numbers y{{1, size(1), size(2) * row_scale, size(3) * column_scale}, {}};
        for (long long c = 0; c < size(1); ++c)
            for (long long r = 0; r < y.sizes[2]; ++r)
                for (long long k = 0; k < y.sizes[3]; ++k)
                    y.values.push_back(input_pixel(c, r / row_scale * size(3) + k / column_scale));
        return y;
    }

    const io::Node& node_;
    std::vector<const Numbers*> in_;
};

}  // namespace detail

/// The output of a graph for one sample.
inline Numbers evaluate_graph(const io::Graph& graph, const Numbers& sample) {
    std::map<std::string, Numbers> known{{graph.inputs[0].name, sample}, {"", {}}};
    for (const io::GraphTensor& tensor : graph.tensors) {
        std::vector<double>& values = known.insert({tensor.name, {tensor.sizes, {}}}).first->second.values;
        values.insert(values.end(), tensor.weights.begin(), tensor.weights.end());
        values.insert(values.end(), tensor.reals.begin(), tensor.reals.end());
        values.insert(values.end(), tensor.integers.begin(), tensor.integers.end());
    }
    for (const io::Node& node : graph.nodes) {
        std::vector<const Numbers*> inputs;
        for (const std::string& input : node.inputs) inputs.push_back(&known.at(input));
        known[node.output] = detail::Operator(node, inputs).compute();
    }
    return known.at(graph.outputs[0].name);
}

}  // namespace kiln::laws
