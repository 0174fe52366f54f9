// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.allocation
#include <kiln/core/functions.hpp>
#include <kiln/expressions/derived.hpp>
#include <kiln/expressions/expressed.hpp>
#include <kiln/expressions/expressed_loss.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/average_pool.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/layers/pool1d.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/layers/rnn.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/layers/standardize.hpp>
#include <kiln/layers/upsample.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/progress.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <tuple>

// Nothing in Kiln allocates between construction and the last step. operator new rests on the C library's allocation
// functions, which this program replaces by functions that count. Sanitizers replace the same functions; under a
// sanitizer nothing is counted.
#if defined __SANITIZE_ADDRESS__
#define COUNTS_ALLOCATIONS 0
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS_ALLOCATIONS 0
#endif
#endif
#if !defined COUNTS_ALLOCATIONS
#if defined __GLIBC__
#define COUNTS_ALLOCATIONS 1
#else
#define COUNTS_ALLOCATIONS 0
#endif
#endif

#if COUNTS_ALLOCATIONS
namespace {
volatile long long allocations = 0;
}

// glibc exports its own functions under these names; memory from one of them is freed by its own free.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
    allocations = allocations + 1;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    allocations = allocations + 1;
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    allocations = allocations + 1;
    return __libc_realloc(old, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
    allocations = allocations + 1;
    return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
    *out = memalign(alignment, size);
    return *out != nullptr ? 0 : 12;  // ENOMEM
}
}

using namespace kiln;
using namespace kiln::laws;

namespace {

using In = Shape<1, 12, 12>;
using Net =
    Model<Sequential<Conv<1, 4, 3, 1, 1>, ReLU, Pool<2>, Sequential<Linear<144, 16>, Tanh>, Linear<16, 10>>, In>;

// Every layer there is but those of sequences.
using Everything =
    Model<Sequential<Standardize, Conv<1, 4, 3, 1, 1>, BatchNorm<4>, LeakyReLU<>, Pool<3, 2, 1>, Conv<4, 4, 3, 1, 1, 2>,
                     ELU<>, Upsample<2>, AveragePool<2>, ConvTranspose<4, 2, 2, 2>, GELU, LayerNorm<288>, Dropout<0.25>,
                     Conv<2, 8, 3>, SiLU, GlobalAveragePool, Reshape<2, 4>, Softplus, Flatten, Unstandardize,
                     Linear<8, 8>, Sigmoid, Linear<8, 10>, HardSwish, Softmax, LogSoftmax>,
          In>;

using OfSequences = Model<Sequential<Reshape<12, 12>, Bidirectional<GRU<12, 3>>, LSTM<6, 5, FastGates>, RNN<5, 4>,
                                     GRU<4, 6>, Last, Linear<6, 10>>,
                          In>;
// Layers along time.
using Temporal = Model<Sequential<Reshape<24, 6>, Conv1d<6, 8, 3, 1, 1>, ReLU, Pool1d<2>, CausalConv1d<8, 8, 2, 2>,
                                  Tanh, WaveNet<8, WaveNetStack<4, 8, 2, Dilations<1, 2>, Tanh>>, AveragePool1d<2>,
                                  Each<Sequential<Linear<8, 8>, GELU, Dropout<0.5>>>,
                                  Concat<MeanOverTime, Sequential<Each<Softmax>, MaxOverTime>>, Linear<16, 10>>,
                       In>;

// Layers and a loss whose derivatives nobody wrote.
struct Mixed : Expressed<Mixed> {
    static constexpr auto express(auto x) {
        const auto scores = matmul(flatten_rows(x), transpose(flatten_rows(x)));
        return flatten(matmul(softmax(scores, Axis{1}), flatten_rows(x))) * sum(tanh(x));
    }
    static constexpr auto flatten_rows(auto x) { return reshape(x, 12, 12); }
};
struct Softsign {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y[i] = x[i] / (1 + math::abs(x[i]));
    }
};
struct Likelihood : ExpressedLoss<Likelihood> {
    template <class>
    using Target = int;
    static constexpr auto express(auto y, auto label) { return log_sum_exp(y, Axis{0}) - pick(y, label); }
};
using Derivatives = Model<Sequential<Mixed, Linear<144, 16>, Derived<Softsign>, Linear<16, 10>>, In>;

long long allocations_in(auto&& action) {
    const long long before = allocations;
    action();
    return allocations - before;
}

/// Steps on a whole and on a part of a batch, and predictions of one and of many samples.
template <class M>
void require_no_allocation(const M& model, auto& trainer, const Samples<In>& samples) {
    std::array<Tensor<float, typename M::Output>, 32> outputs;
    float loss = 0;
    BOOST_TEST(allocations_in([&] {
                   loss += trainer.step(samples.inputs, samples.labels);
                   loss += trainer.step(samples.first_inputs(5), samples.first_labels(5));
                   loss += model.predict(samples.inputs[0])[0];
                   model.predict(samples.inputs, outputs);
               }) == 0);
    BOOST_TEST(loss > 0.0f);
    for (const GradientNorm& gradient : trainer.gradient_norms()) BOOST_TEST(gradient.norm > 0.0f);
}

// A pointer that the compiler cannot follow, so that it does not leave out a pair of new and delete.
void* volatile hidden;

}  // namespace

BOOST_AUTO_TEST_CASE(every_way_to_allocate_is_counted) {
    const auto counted = [](auto allocate, auto release) {
        const long long count = allocations_in([&] { hidden = allocate(); });
        release(hidden);
        return count;
    };
    const auto free = [](void* p) { std::free(p); };
    BOOST_TEST(counted([] { return std::malloc(100); }, free) == 1);
    BOOST_TEST(counted([] { return std::calloc(10, 10); }, free) == 1);
    BOOST_TEST(counted([] { return std::realloc(nullptr, 100); }, free) == 1);
    BOOST_TEST(counted([] { return std::aligned_alloc(64, 128); }, free) == 1);
    const auto by_posix_memalign = [] {
        void* p = nullptr;
        BOOST_REQUIRE(posix_memalign(&p, 64, 100) == 0);
        return p;
    };
    BOOST_TEST(counted(by_posix_memalign, free) == 1);
    BOOST_TEST(counted([] { return ::operator new(100); }, [](void* p) { ::operator delete(p); }) == 1);
    struct alignas(64) Aligned {
        float data[16];
    };
    BOOST_TEST(counted([] { return new Aligned; }, [](void* p) { delete static_cast<Aligned*>(p); }) == 1);
    BOOST_TEST(counted([] { return new Aligned[3]; }, [](void* p) { delete[] static_cast<Aligned*>(p); }) == 1);
}

BOOST_AUTO_TEST_CASE(training_for_an_epoch_allocates_nothing) {
    const auto data = striped_images<In>(1000, 10, 1);
    static Net model{Seed{2}};
    static Trainer<Net, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{.momentum = 0.9f}};
    int batches = 0;
    const Progress count{[](void* context, const Epoch&) { ++*static_cast<int*>(context); }, &batches};
    BOOST_TEST(allocations_in([&] { trainer.fit(data, {.epochs = 2, .progress = count}); }) == 0);
    BOOST_TEST(batches == 32);
    BOOST_TEST(trainer.steps() == 32);
}

BOOST_AUTO_TEST_CASE(no_layer_and_no_optimizer_allocates) {
    const Samples<In> samples(32, 10, 3);
    static Everything model{Seed{4}};
    using Optimizer = ClipByNorm<Scheduled<RMSProp, OneCycle>>;
    static Trainer<Everything, CrossEntropy, Optimizer, Batch<32>> trainer{
        model, Optimizer{{RMSProp{.momentum = 0.9f, .centered = true}, OneCycle{.steps = 2}}, 1.0f},
        CrossEntropy{.label_smoothing = 0.1f}};
    require_no_allocation(model, trainer, samples);
}

using AlongTime = std::tuple<OfSequences, Temporal>;
BOOST_AUTO_TEST_CASE_TEMPLATE(layers_of_sequences_allocate_nothing, M, AlongTime) {
    const Samples<In> samples(32, 10, 3);
    static M model{Seed{4}};
    static Trainer<M, CrossEntropy, Adam, Batch<32>> trainer{model, Adam{}};
    require_no_allocation(model, trainer, samples);
}

BOOST_AUTO_TEST_CASE(attention_to_a_text_allocates_nothing) {
    using Text = Tokens<12, 6>;
    using Writer = Model<Sequential<Embedding<12, 8>, Position<6, 8>, Residual<LayerNorm<8>, CausalAttention<2>>,
                                    Attention<4, Bias::none>, Each<Linear<8, 12>>>,
                         Text>;
    static Writer model{Seed{4}};
    static Trainer<Writer, CrossEntropy, AdamW, Batch<32>> trainer{model, AdamW{}};
    static Trainer<Writer, CrossEntropy, AdamW, Batch<32>, float> one_by_one{model, AdamW{}};
    std::vector<Tensor<float, Text>> texts(32);
    std::vector<Tensor<int, Shape<6>>> next(32);
    Random random{Seed{5}};
    for (auto& text : texts) fill(text, random);
    for (auto& labels : next)
        for (int& label : labels) label = random.below(12);
    std::array<Tensor<float, Writer::Output>, 32> outputs;
    float loss = 0;
    BOOST_TEST(allocations_in([&] {
                   loss += trainer.step(texts, next);
                   loss += one_by_one.step(texts, next);
                   loss += model.predict(texts[0])[0];
                   model.predict(texts, outputs);
               }) == 0);
    BOOST_TEST(loss > 0.0f);
}

// A stream of one signal and one of sixteen, frame by frame, in blocks and in spans.
BOOST_AUTO_TEST_CASE(streams_allocate_nothing) {
    using M = Model<Sequential<CausalConv1d<2, 8, 3>, Tanh, Residual<LayerNorm<8>, CausalAttention<2>>, GRU<8, 6>,
                               LSTM<6, 5>, Each<Sequential<Linear<5, 4>, GELU, Linear<4, 2>>>>,
                    Shape<9, 2>>;
    static const M model{Seed{4}};
    static Prepared<M> prepared{model};
    static Tensor<float, Shape<100, 2>> x, y;
    for (float& value : x) value = 1;
    float sum = 0;
    BOOST_TEST(allocations_in([&] {
                   prepared = Prepared<M>{model};
                   Stream<M> stream{prepared};
                   Stream<M, Lanes<float, 16>> voices{prepared};
                   for (int t = 0; t < 20; ++t) {
                       sum += stream.step({1, 2})[0];
                       sum += lane(voices.step({Lanes<float, 16>(1.0f), Lanes<float, 16>(2.0f)})[0], 5);
                   }
                   sum += stream.step(Tensor<float, Shape<7, 2>>{})[0];
                   stream.step(x.data, y.data);
                   stream.reset();
               }) == 0);
    BOOST_TEST(sum != 0.0f);
}

BOOST_AUTO_TEST_CASE(derivatives_that_nobody_wrote_allocate_nothing) {
    const Samples<In> samples(32, 10, 3);
    static Derivatives model{Seed{4}};
    static Trainer<Derivatives, Likelihood, SGD, Batch<32>> trainer{model, SGD{}};
    require_no_allocation(model, trainer, samples);
}

BOOST_AUTO_TEST_CASE(validation_allocates_nothing) {
    const auto data = striped_images<In>(100, 10, 1), validation = striped_images<In>(50, 10, 2);
    static Net model{Seed{2}}, best;
    static Trainer<Net, CrossEntropy, Adam, Batch<64>> trainer{model, Adam{}};
    BOOST_TEST(allocations_in([&] {
                   trainer.fit(data, validation, {.epochs = 2, .patience = 5, .stop_on_interrupt = true}, best);
               }) == 0);
}

BOOST_AUTO_TEST_CASE(the_progress_bar_allocates_nothing_in_kiln) {
    const auto data = striped_images<In>(100, 10, 1);
    static Net model{Seed{2}};
    static Trainer<Net, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
    std::FILE* file = std::tmpfile();
    BOOST_REQUIRE(file != nullptr);
    std::array<char, 4096> buffer{};  // or the C library would allocate one
    std::setvbuf(file, buffer.data(), _IOFBF, buffer.size());
    BOOST_TEST(allocations_in([&] { trainer.fit(data, {.progress = progress_bar(file)}); }) == 0);
    std::fclose(file);
}

BOOST_AUTO_TEST_CASE(steps_allocate_nothing) {
    const Samples<In> samples(64, 10, 3);
    static Net model{Seed{4}};
    static Trainer<Net, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
    float loss = 0;
    BOOST_TEST(allocations_in([&] {
                   loss += trainer.step(samples.inputs, samples.labels);
                   loss += trainer.step(samples.first_inputs(5), samples.first_labels(5));
               }) == 0);
    BOOST_TEST(loss > 0.0f);
}

BOOST_AUTO_TEST_CASE(threads_allocate_nothing_once_they_run) {
    const auto data = striped_images<In>(1000, 10, 1);
    const Samples<In> samples(200, 10, 7);
    static Net model{Seed{2}};
    static Trainer<Net, CrossEntropy, SGD, Batch<64>, Threads<2>, Lanes<float, 16>> trainer{model, SGD{}};
    static Threads<2> threads;
    std::array<Tensor<float, Net::Output>, 200> outputs;
    threads.run([](int) {});
    BOOST_TEST(allocations_in([&] { trainer.fit(data, {.epochs = 2}); }) == 0);
    BOOST_TEST(allocations_in([&] { model.predict(samples.inputs, outputs, threads); }) == 0);
    BOOST_TEST(trainer.steps() == 32);
}

BOOST_AUTO_TEST_CASE(construction_allocates_nothing) {
    long long steps = 0;
    BOOST_TEST(allocations_in([&] {
                   Net model{Seed{5}};
                   Trainer<Net, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
                   steps = trainer.steps();
               }) == 0);
    BOOST_TEST(steps == 0);
}

BOOST_AUTO_TEST_CASE(prediction_and_evaluation_allocate_nothing) {
    const auto data = striped_images<In>(100, 10, 6);
    const Samples<In> samples(33, 10, 7);
    const Net model{Seed{8}};
    std::array<Tensor<float, Net::Output>, 33> outputs;
    static Net::Scratch<float> scratch;
    float sum = 0;
    BOOST_TEST(allocations_in([&] { sum += model.predict(samples.inputs[0])[0]; }) == 0);
    BOOST_TEST(allocations_in([&] { sum += model.predict(samples.inputs[0], scratch)[0]; }) == 0);
    BOOST_TEST(allocations_in([&] { model.predict(samples.inputs, outputs); }) == 0);
    BOOST_TEST(allocations_in([&] { sum += evaluate(model, data).loss; }) == 0);
    BOOST_TEST(sum + outputs[32][0] != 0.0f);
}

#else

BOOST_AUTO_TEST_CASE(allocations_are_not_counted_here) {
    BOOST_TEST_MESSAGE("a sanitizer, or a C library other than glibc: allocations cannot be counted");
}

#endif
