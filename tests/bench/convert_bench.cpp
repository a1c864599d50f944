// Bulk conversion beside a plain copy that moves the same bytes: from DRAM, and from a level-2 cache.
#include <cstdint>
#include <cstdlib>

#include "bench/ratio.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/convert.hpp"

namespace {
using namespace halfway;

/// Copies words one after the other; built so that no compiler makes it a call of memcpy.
void copy(const std::uint64_t* from, std::uint64_t* to, std::size_t words) {
  for (std::size_t i = 0; i < words; ++i) to[i] = from[i];
}

/// `size` elements, converted `times` times; the copy reads and writes as many bytes in all.
template <class In, class Out>
void compare(const std::string& what, std::size_t size, int times) {
  const std::vector<In> in(size, In(1.5f));
  std::vector<Out> out(size);
  const std::size_t bytes = size * (sizeof(In) + sizeof(Out));
  std::vector<std::uint64_t> from(bytes / 16, 1), to(bytes / 16);
  halfway::bench::ratio(
      what + ", " + std::to_string(bytes >> 10) + " KiB:",
      [&] {
        for (int i = 0; i < times; ++i) convert(std::span<const In>(in), std::span<Out>(out));
      },
      "copy",
      [&] {
        for (int i = 0; i < times; ++i) copy(from.data(), to.data(), from.size());
      },
      21, {1e-9 * static_cast<double>(bytes) * times, "GB"});
}

}  // namespace

int main(int count, char** arguments) {
  execution::set_threads(count > 1 ? std::atoi(arguments[1]) : 1);
  std::printf("target %s, %d thread(s)\n", execution::target().c_str(), execution::threads());
  for (const auto& [size, times] : {std::pair{std::size_t{1} << 26, 1}, std::pair{std::size_t{1} << 16, 500}}) {
    compare<float, float16>("float32 -> float16", size, times);
    compare<float, bfloat16>("float32 -> bfloat16", size, times);
    compare<float16, float>("float16 -> float32", size, times);
    compare<bfloat16, float>("bfloat16 -> float32", size, times);
  }
}
