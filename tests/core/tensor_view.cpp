// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.tensor_view
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/tensor_view.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>
#include <utility>

using namespace kiln;

BOOST_AUTO_TEST_CASE(a_view_reads_the_array_in_which_it_lies) {
    float series[] = {1, 2, 3, 4, 5};
    const TensorView<float, Shape<2, 2>> window{series + 1};
    BOOST_TEST(window.size() == 4);
    BOOST_TEST(window[0] == 2);
    BOOST_TEST(window[3] == 5);
    series[1] = 7;
    float sum = 0;
    for (const float value : window) sum += value;
    BOOST_TEST(sum == 7 + 3 + 4 + 5);
}

BOOST_AUTO_TEST_CASE(a_view_stands_where_a_pointer_to_a_tensor_stands) {
    const Tensor<float, Shape<2>> tensor{1, 2};
    const TensorView<float, Shape<2>> view{tensor.data};
    BOOST_TEST(kiln::detail::place_of(tensor)->data == tensor.data);
    BOOST_TEST(kiln::detail::place_of(view)->data == tensor.data);
    BOOST_TEST((*kiln::detail::place_of(view)).data == tensor.data);
    // The address of a tensor that is about to end is refused; a view is a value.
    constexpr auto has_a_place = []<class T>(std::type_identity<T>) {
        return requires(T value) { kiln::detail::place_of(static_cast<T&&>(value)); };
    };
    static_assert(!has_a_place(std::type_identity<Tensor<float, Shape<2>>>{}));
    static_assert(has_a_place(std::type_identity<TensorView<float, Shape<2>>>{}));
    static_assert(has_a_place(std::type_identity<const Tensor<float, Shape<2>>&>{}));
}
