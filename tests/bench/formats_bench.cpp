// Rounding and 16-bit arithmetic beside loops that move the same bytes (the bound), from a level-2 cache and from DRAM,
// for every instruction-set target; stochastic rounding also beside a scalar loop with PCG.
#include <bit>
#include <cmath>
#include <cstring>
#include <random>

#include "bench/bound.hpp"
#include "bench/ratio.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/bulk.hpp"
#include "halfway/formats/convert.hpp"

namespace {
using namespace halfway;

enum class Data { uniform, bits };

template <class T>
std::vector<T> numbers(std::size_t size, Data data) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<T> made(size);
  for (T& x : made)
    x = data == Data::bits ? from_code<T>(static_cast<code_type<T>>(random())) : round_to<T>(uniform(random));
  return made;
}

struct Place {
  const char* name;
  std::size_t size;
  int times;  ///< calls between two looks at the clock
};
constexpr Place cache{"L2", std::size_t{1} << 15, 200}, dram{"DRAM", std::size_t{1} << 26, 1};

/// Prints how many times as long as the bound `kernel` takes; `limit` is what it should be, 0 for no demand.
template <class Kernel, class Bound>
double against_bound(const std::string& what, const Place& place, double bytes, double limit, Kernel kernel,
                     Bound bound) {
  const auto repeated = [&](auto& f) {
    return [&] {
      for (int i = 0; i < place.times; ++i) f();
    };
  };
  const double times_bound =
      1 / bench::ratio(what + ", " + place.name + ":", repeated(kernel), "bound", repeated(bound), 21,
                       {1e-9 * bytes * static_cast<double>(place.size) * place.times, "GB"});
  std::printf("    %.2f times the bound", times_bound);
  if (limit > 0) std::printf(", demanded: at most %.2f%s", limit, times_bound <= limit ? "" : "  <-- MISSED");
  std::printf("\n");
  return times_bound;
}

template <class T>
void narrow(const Place& place, Data data, const std::string& how_name, const Arithmetic& how, bool counting,
            double limit) {
  const std::vector<float> in = numbers<float>(place.size, data);
  std::vector<T> out(place.size);
  EventCounts events;
  const std::string what =
      "float32 -> " + std::string(name_of<T::format>) + how_name + (data == Data::bits ? ", any bits" : "");
  against_bound(
      what, place, 6, data == Data::bits ? 0 : limit, [&] { convert(in, out, how, counting ? &events : nullptr); },
      [&] { bench::move_halving(in.data(), out.data(), 2 * place.size); });
}

template <class T>
void widen(const Place& place, double limit) {
  const std::vector<T> in = numbers<T>(place.size, Data::uniform);
  std::vector<float> out(place.size);
  against_bound(
      std::string(name_of<T::format>) + " -> float32", place, 6, limit, [&] { convert(in, out); },
      [&] { bench::move_doubling(in.data(), out.data(), 2 * place.size); });
}

template <class T>
void arithmetic(const Place& place, Operation operation, double limit) {
  const std::vector<T> both = numbers<T>(2 * place.size, Data::uniform);
  std::vector<T> out(place.size);
  const auto size = static_cast<std::int64_t>(place.size);
  const std::array operands{ConstArray{both.data(), T::format, size}, ConstArray{both.data() + size, T::format, size}};
  against_bound(
      std::string(name_of<T::format>) + " " + std::string(name(operation)), place, 6, limit,
      [&] { evaluate(operation, operands, result_array(out)); },
      [&] { bench::move_halving(both.data(), out.data(), 2 * place.size); });
}

/// PCG32 (O'Neill 2014), one number after the other, and the rounding that compares with it.
struct ScalarStochastic {
  std::uint64_t state = 1;
  std::uint32_t next() {
    const std::uint64_t old = state;
    state = old * 6364136223846793005u + 1442695040888963407u;
    return std::rotr(static_cast<std::uint32_t>(((old >> 18) ^ old) >> 27), static_cast<int>(old >> 59));
  }
  void round(const std::vector<float>& in, std::vector<bfloat16>& out) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(in[i]);
      const bool finite = (bits & 0x7F800000) != 0x7F800000;
      out[i] = bfloat16::from_bits(static_cast<std::uint16_t>((finite ? bits + (next() >> 16) : bits) >> 16));
    }
  }
};

void stochastic(const Place& place) {
  const std::vector<float> in = numbers<float>(place.size, Data::uniform);
  std::vector<bfloat16> out(place.size);
  const Arithmetic how{.rounding = Rounding::stochastic_fastest, .random_bits = 16};
  against_bound(
      "float32 -> bfloat16, stochastic, 16 bits", place, 6, place.times > 1 ? 3.0 : 0, [&] { convert(in, out, how); },
      [&] { bench::move_halving(in.data(), out.data(), 2 * place.size); });
  ScalarStochastic scalar;
  const int times = std::max(place.times / 20, 1);
  const double faster = bench::ratio(
      "  the same:",
      [&] {
        for (int i = 0; i < times; ++i) convert(in, out, how);
      },
      "scalar loop with PCG",
      [&] {
        for (int i = 0; i < times; ++i) scalar.round(in, out);
      });
  std::printf("    %.1f times as fast, demanded: at least 10%s\n", faster,
              faster >= 10 || place.times == 1 ? "" : "  <-- MISSED");
}

void run(const Place& place) {
  const bool l2 = place.times > 1, wide = execution::target() != "AVX2";
  for (const Data data : {Data::uniform, Data::bits}) {
    narrow<float16>(place, data, "", {}, false, l2 ? 1.2 : 1.05);
    narrow<bfloat16>(place, data, "", {}, false, l2 ? (wide ? 1.6 : 3.0) : 1.05);
  }
  widen<float16>(place, l2 ? 1.2 : 1.05);
  widen<bfloat16>(place, l2 ? 1.1 : 1.05);
  for (const Operation operation : {Operation::add, Operation::multiply}) {
    arithmetic<bfloat16>(place, operation, l2 ? 2.3 : 1.07);
    arithmetic<float16>(place, operation, l2 ? 2.3 : 1.07);
  }
  stochastic(place);
}

/// Options beside the plain conversion of the same numbers.
template <class T>
void options() {
  const std::vector<float> in = numbers<float>(cache.size, Data::uniform);
  std::vector<T> out(cache.size);
  EventCounts events;
  const auto against_plain = [&](const std::string& what, const Arithmetic& how, EventCounts* counts, double limit) {
    const auto repeated = [&](auto f) {
      return [&, f] {
        for (int i = 0; i < cache.times; ++i) f();
      };
    };
    const double times = 1 / bench::ratio("float32 -> " + std::string(name_of<T::format>) + ", " + what + ":",
                                          repeated([&] { convert(in, out, how, counts); }), "plain",
                                          repeated([&] { convert(in, out); }), 21);
    std::printf("    %.2f times the plain conversion, demanded: at most %.0f%s\n", times, limit,
                times <= limit ? "" : "  <-- MISSED");
  };
  for (const Rounding rounding : {Rounding::ties_to_away, Rounding::toward_zero, Rounding::toward_positive,
                                  Rounding::toward_negative, Rounding::to_odd})
    against_plain(std::string(name(rounding)), {.rounding = rounding}, nullptr, 2);
  against_plain("flush inputs", {.inputs = Subnormals::flush}, nullptr, 2);
  against_plain("flush results", {.results = Subnormals::flush}, nullptr, 2);
  against_plain("saturate", {.overflow = Overflow::saturate}, nullptr, 2);
  against_plain("events", {}, &events, 3);
  against_plain("toward_zero with events", {.rounding = Rounding::toward_zero}, &events, 3);
}

}  // namespace

int main() {
  execution::set_threads(1);
  for (const std::string& target : execution::targets()) {
    if (target == "SCALAR" || target == "EMU128" || target == "AVX3") continue;
    execution::use_target(target);
    std::printf("== %s, one thread ==\n", target.c_str());
    run(cache);
    options<float16>();
    options<bfloat16>();
    run(dram);
  }
}
