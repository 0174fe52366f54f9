// SPDX-License-Identifier: BSL-1.0
// Includes the headers that the writer has written: the constants are those models, bit for bit, and predict.

#include "branched.hpp"
#include "card.hpp"
#include "extreme.hpp"
#include "named.hpp"
#include "nested-net.hpp"
#include "networks.hpp"
#include "recurrent.hpp"
#include "writing.hpp"

#include <bit>
#include <cstdint>
#include <cstdio>
#include <type_traits>

static_assert(std::is_same_v<decltype(card), const Card> && std::is_same_v<decltype(nested_net), const Nested> &&
              std::is_same_v<decltype(app::nets::model), const Single> &&
              std::is_same_v<decltype(branched), const Branched> && std::is_same_v<decltype(named), const Branched>);

// The compilers' default limits suffice for 62,192 multiply-adds.
static_assert(kiln::argmax(card.predict(sample<Card>())) == CARD_CLASS);
static_assert(kiln::argmax(nested_net.predict(sample<Nested>())) == NESTED_CLASS);
static_assert(kiln::argmax(branched.predict(sample<Branched>()).get<0>()) == BRANCHED_CLASS);

static_assert(kiln::argmax(recurrent.predict(sample<Recurrent>())) == RECURRENT_CLASS);
static_assert(kiln::argmax(writing.predict(sample<Writing>())) == WRITING_CLASS);

namespace {

template <class Record>
bool same_bits(const Record& a, const Record& b) {
    const auto left = kiln::tensors<const float>(a), right = kiln::tensors<const float>(b);
    for (std::size_t t = 0; t < left.size(); ++t)
        for (int i = 0; i < left[t].count; ++i)
            if (std::bit_cast<std::uint32_t>(left[t].data[i]) != std::bit_cast<std::uint32_t>(right[t].data[i])) {
                std::printf("%s[%d] is %a, not %a\n", kiln::schema<Record>[t].name.text, i,
                            static_cast<double>(left[t].data[i]), static_cast<double>(right[t].data[i]));
                return false;
            }
    return true;
}

template <class M>
bool same(const M& constant, const M& model) {
    return same_bits(constant.parameters(), model.parameters()) && same_bits(constant.state(), model.state()) &&
           constant.predict(sample<M>()) == model.predict(sample<M>());
}

}  // namespace

int main() {
    static const Card card_model = filled<Card>(42);
    return same(card, card_model) && same(nested_net, filled<Nested>(7)) && same(app::nets::model, extreme()) &&
                   same(branched, filled<Branched>(9)) && same(named, branched) &&
                   same(recurrent, filled<Recurrent>(11)) && same(writing, filled<Writing>(13))
               ? 0
               : 1;
}
