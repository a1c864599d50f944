// A user's file under -O3 -march=native -ffast-math, linked so that the program starts with FTZ and DAZ: scalar
// arithmetic, classification and conversion are the compiler's own constants all the same.
#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "formats_convert.hpp"
#include "halfway/formats/literals.hpp"
#include "halfway/formats/rounding.hpp"
#include "halfway/formats/text.hpp"

using namespace halfway;

namespace {

/// A hash of results of every operation on a sequence of codes: as a constant, and again while running.
template <class T>
constexpr std::uint64_t digest(std::uint32_t seed, int rounds) {
  std::uint64_t hash = 1469598103934665603u;
  const auto mix = [&](std::uint64_t x) { hash = (hash ^ x) * 1099511628211u; };
  std::uint32_t state = seed;
  const auto draw = [&] {
    state = state * 1664525u + 1013904223u;
    const std::uint32_t code = state >> 12;
    return T::from_bits(static_cast<typename T::storage_type>(state >> 28 < 4 ? code & 0x83FF : code));
  };
  for (int i = 0; i < rounds; ++i) {
    const T a = draw(), b = draw(), c = draw();
    mix((a + b).bits());
    mix((a - b).bits());
    mix((a * b).bits());
    mix((a / b).bits());
    mix(fma(a, b, c).bits());
    mix(sqrt(abs(a)).bits());
    mix(std::bit_cast<std::uint32_t>(static_cast<float>(a)));
    mix(std::bit_cast<std::uint64_t>(static_cast<double>(a)));
    mix(T(static_cast<double>(a)).bits());
    mix(static_cast<std::uint64_t>(isnan(a)) | static_cast<std::uint64_t>(isinf(a)) << 1 |
        static_cast<std::uint64_t>(a < b) << 2 | static_cast<std::uint64_t>(a == b) << 3 |
        static_cast<std::uint64_t>(a >= b) << 4);
  }
  return hash;
}

template <class T>
void check() {
  constexpr std::uint64_t expected = digest<T>(1, 60);
  volatile std::uint32_t seed = 1;
  CHECK(digest<T>(seed, 60) == expected);
}

}  // namespace

TEST_CASE("operations give the compiler's constants under -ffast-math") {
  check<float16>();
  check<bfloat16>();
  CHECK(bfloat16(static_cast<long double>(std::bit_cast<float>(0x7FC00000u))).bits() == 0x7FC0);
  volatile long double above_tie = 1 + 0x1p-8L + 0x1p-60L;
  CHECK(bfloat16(static_cast<long double>(above_tie)).bits() == 0x3F81);
}

TEST_CASE("the library called from such a file keeps its bits") {
  std::vector<float> in;
  for (std::uint32_t code = 0; code < 0x01000000; code += 97) in.push_back(std::bit_cast<float>(code));
  std::vector<bfloat16> out(in.size()), expected(in.size());
  const ExecutionGuard guard;
  execution::set_threads(2);
  for (const std::int64_t threshold : {std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
    execution::set_threading_threshold(threshold);
    convert(in, out);
    for (std::size_t i = 0; i < in.size(); ++i) expected[i] = round_to<bfloat16>(in[i]);
    CHECK(same_bits(out, expected));
  }
  CHECK(expected[1000].bits() != 0);
  CHECK(to_string(parse<bfloat16>("1e-40")) == "9e-41");  // the smallest subnormal, 2^-133
}
