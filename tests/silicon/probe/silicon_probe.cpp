// silicon_probe: random and adversarial dot products on the matrix units of this machine's GPU, beside their models.
// What the GPU gave can be kept as files that silicon_check reads. Exit status: 0, 1 if a model is wrong or there is no
// GPU, 2 for usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <vector>

#include "halfway/emu/dot_product.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"
#include "matrix_unit.hpp"

namespace {
using namespace halfway;
using probe::Instruction;
using probe::tile_columns;

constexpr std::array instructions{Instruction{"hopper_mma", false, Instruction::float16, false},
                                  Instruction{"hopper_mma", false, Instruction::float16, true},
                                  Instruction{"hopper_mma", false, Instruction::bfloat16, false},
                                  Instruction{"hopper_mma", false, Instruction::tf32, false},
                                  Instruction{"hopper_mma", false, Instruction::e4m3, false},
                                  Instruction{"hopper_mma", false, Instruction::e4m3, true},
                                  Instruction{"hopper_mma", false, Instruction::e5m2, false},
                                  Instruction{"hopper_mma", false, Instruction::e5m2, true},
                                  Instruction{"hopper_wgmma", true, Instruction::float16, false},
                                  Instruction{"hopper_wgmma", true, Instruction::float16, true},
                                  Instruction{"hopper_wgmma", true, Instruction::bfloat16, false},
                                  Instruction{"hopper_wgmma", true, Instruction::tf32, false},
                                  Instruction{"hopper_wgmma", true, Instruction::e4m3, false},
                                  Instruction{"hopper_wgmma", true, Instruction::e4m3, true},
                                  Instruction{"hopper_wgmma", true, Instruction::e5m2, false},
                                  Instruction{"hopper_wgmma", true, Instruction::e5m2, true}};

FloatFormat format_of(const Instruction& x) {
  constexpr FloatFormat formats[]{binary16, bfloat, tensor_float, e4m3fn, e5m2};
  return formats[x.operands];
}
FloatFormat sums_of(const Instruction& x) { return x.float16_sums ? binary16 : binary32; }

/// The row for an instruction. wgmma follows the rules of mma.sync except where it has rows of its own (8 bits).
const emu::DotModel* model_of(const Instruction& x) {
  if (const emu::DotModel* own = emu::find_dot_model(x.unit, format_of(x), sums_of(x))) return own;
  return x.bits() == 8 ? nullptr : emu::find_dot_model("hopper_mma", format_of(x), sums_of(x));
}

// --------------------------------------------------------------------------------------------------------------
// numbers

/// How the numbers of a tile are drawn; what each class is after stands in docs/devices.md.
enum class Class {
  normal,      ///< around 1
  wide,        ///< any exponent
  cancelling,  ///< the largest terms cancel, the cut shows
  tiny,        ///< products below the smallest normal sum: the floor of alignment
  zeros,       ///< many zeros, of both signs, beside the largest and the smallest numbers
  huge,        ///< sums beyond the largest number
  subnormal,   ///< operands and c
  specials     ///< infinities and NaN among ones
};
constexpr std::array<std::string_view, 8> class_names{"normal", "wide", "cancelling", "tiny",
                                                      "zeros",  "huge", "subnormal",  "specials"};

/// Draws codes of a format.
class Drawer {
 public:
  Drawer(const FloatFormat& f, std::mt19937_64& random) : f_(f), random_(random) {}

  std::uint64_t draw(Class which) {
    const int lowest = 1, highest = (1 << f_.exponent_bits) - (f_.specials == Specials::ieee ? 2 : 1);
    switch (which) {
      case Class::normal: return number(f_.bias + below(5) - 2);
      case Class::wide: return number(lowest + below(highest - lowest + 1));
      case Class::cancelling: return number(f_.bias + (below(3) == 0 ? 3 : -below(std::min(f_.bias, 14))));
      case Class::tiny: return number(std::max(0, f_.bias / 2 + below(7) - 6));
      case Class::zeros: return below(2) == 0 ? number(below(2) == 0 ? highest : below(2)) : sign();
      case Class::huge: return number(highest - below(3));
      case Class::subnormal: return number(below(3) == 0 ? f_.bias : 0);
      case Class::specials: break;
    }
    if (below(20) != 0) return number(f_.bias);
    if (f_.specials != Specials::ieee) return sign() | ones(f_.bits() - 1);  // NaN is all there is
    const std::uint64_t infinity = ones(f_.exponent_bits) << f_.fraction_bits();
    return sign() | infinity | (below(4) == 0 ? std::uint64_t{1} << (f_.fraction_bits() - 1) : 0);
  }
  std::uint64_t negated(std::uint64_t code) const { return code ^ std::uint64_t{1} << (f_.bits() - 1); }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  static std::uint64_t ones(int n) { return (std::uint64_t{1} << n) - 1; }
  std::uint64_t sign() { return (random_() & 1) << (f_.bits() - 1); }
  std::uint64_t number(int exponent_field) {
    const std::uint64_t code =
        static_cast<std::uint64_t>(exponent_field) << f_.fraction_bits() | (random_() & ones(f_.fraction_bits()));
    const bool nan = f_.specials == Specials::nan_all_ones && code == ones(f_.bits() - 1);
    return sign() | (nan ? code - 1 : code);
  }

  const FloatFormat& f_;
  std::mt19937_64& random_;
};

/// tf32 numbers stand in registers as float32 codes.
int register_shift(const Instruction& x) { return x.operands == Instruction::tf32 ? 13 : 0; }

struct Work {
  std::int64_t count;
  std::vector<std::uint32_t> a, b, c, d;
};

Work draw_tiles(const Instruction& x, Class which, std::int64_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const FloatFormat f = format_of(x), sums = sums_of(x);
  Drawer operand(f, random), sum(sums, random);
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  Work work{count,
            std::vector<std::uint32_t>(size(count * x.rows() * x.terms())),
            std::vector<std::uint32_t>(size(count * tile_columns * x.terms())),
            std::vector<std::uint32_t>(size(count * x.rows() * tile_columns)),
            {}};
  const auto fill = [&](std::vector<std::uint32_t>& codes, bool pairs) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      std::uint64_t code = operand.draw(which);
      if (pairs && which == Class::cancelling && i % 2 == 1)  // minus the term before, as B repeats itself
        code = operand.negated(codes[i - 1] >> register_shift(x));
      codes[i] = static_cast<std::uint32_t>(code << register_shift(x));
    }
  };
  fill(work.a, true), fill(work.b, false);
  if (which == Class::cancelling)
    for (std::size_t i = 1; i < work.b.size(); i += 2)
      if (random() % 4 != 0) work.b[i] = work.b[i - 1];
  for (std::uint32_t& each : work.c) each = random() % 4 == 0 ? 0 : static_cast<std::uint32_t>(sum.draw(which));
  work.d.assign(work.c.size(), 0);
  return work;
}

// --------------------------------------------------------------------------------------------------------------
// results

/// Calls body(a, b, c, d) for every dot product: two lines of codes, and two codes.
template <class Body>
void for_products(const Instruction& x, const Work& work, Body body) {
  const auto terms = static_cast<std::size_t>(x.terms()), rows = static_cast<std::size_t>(x.rows());
  for (std::size_t i = 0; i < work.c.size(); ++i) {
    const std::size_t column = i % tile_columns, line = i / tile_columns, tile = line / rows;
    body(std::span(work.a).subspan(line * terms, terms),
         std::span(work.b).subspan((tile * tile_columns + column) * terms, terms), work.c[i], work.d[i]);
  }
}

std::uint64_t by_model(const emu::DotModel& model, const FloatFormat& format, std::span<const std::uint32_t> a,
                       std::span<const std::uint32_t> b, std::uint32_t c) {
  const std::vector<std::uint64_t> x(a.begin(), a.end()), y(b.begin(), b.end());
  const FloatFormat codes = format == tensor_float ? binary32 : format;
  return emu::dot_product(model, codes, x, codes, y, c);
}

/// The value of a code, as a float32's bits; a NaN keeps the bits that it has.
std::uint32_t as_float32(const FloatFormat& f, std::uint32_t code, int shift) {
  if (shift > 0 || f == binary32) return code;
  const int unused = 23 - f.fraction_bits();
  const std::uint32_t sign = code >> (f.bits() - 1) << 31, rest = code & ((1u << (f.bits() - 1)) - 1);
  const bool nan = f.specials == Specials::ieee ? rest > ((1u << f.exponent_bits) - 1) << f.fraction_bits()
                                                : rest == (1u << (f.bits() - 1)) - 1;
  if (nan) return sign | 0x7F800000u | (rest & ((1u << f.fraction_bits()) - 1)) << unused;
  const float value = [&] {
    if (f == binary16) return static_cast<float>(halfway::float16::from_bits(static_cast<std::uint16_t>(code)));
    if (f == bfloat) return static_cast<float>(halfway::bfloat16::from_bits(static_cast<std::uint16_t>(code)));
    if (f == e4m3fn) return static_cast<float>(float8_e4m3fn::from_bits(static_cast<std::uint8_t>(code)));
    return static_cast<float>(float8_e5m2::from_bits(static_cast<std::uint8_t>(code)));
  }();
  return std::bit_cast<std::uint32_t>(value);
}

/// A file as silicon_check reads it: `limit` products of each class.
class GoldenFile {
 public:
  GoldenFile(const std::filesystem::path& folder, const Instruction& x, const std::string& gpu, std::string command)
      : x_(x), path_(folder / fmt::format("{}-{}-{}.txt", x.unit, name(format_of(x)), name(sums_of(x)))) {
    std::filesystem::create_directories(folder);
    file_.open(path_.string() + ".part");
    std::string card = gpu.substr(0, gpu.find(','));
    std::replace(card.begin(), card.end(), ' ', '_');
    file_ << fmt::format("# unit {} inputs {} output {} K {} c used measured_on {} ({}; {})\n", x.unit,
                         name(format_of(x)), name(sums_of(x)), x.terms(), card, gpu, command);
  }
  void add(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::uint32_t c, std::uint32_t d) {
    const FloatFormat f = format_of(x_), sums = sums_of(x_);
    for (const auto line : {a, b})
      for (const std::uint32_t code : line) file_ << fmt::format("{:x} ", as_float32(f, code, register_shift(x_)));
    file_ << fmt::format("{:x} {:x}\n", as_float32(sums, c, 0), as_float32(sums, d, 0));
  }
  void finish() {
    file_.close();
    if (!file_) throw FileError("silicon_probe", "'" + path_.string() + "' cannot be written; look at the disk");
    std::filesystem::rename(path_.string() + ".part", path_);
  }

 private:
  Instruction x_;
  std::filesystem::path path_;
  std::ofstream file_;
};

struct Options {
  std::int64_t tiles = 100;
  std::uint64_t seed = 1;
  std::string out, unit;
  int lines = 100;
  bool simulate = false;
};

/// One instruction, class by class; returns the number of results that its model gets wrong.
std::int64_t probe_instruction(const Instruction& x, const Options& options, const std::string& gpu,
                               const std::string& command) {
  const emu::DotModel* model = model_of(x);
  const FloatFormat f = format_of(x);
  fmt::print("{} {} into {}: {}\n", x.unit, name(f), name(sums_of(x)), model ? model->name : "no model describes it");
  std::optional<GoldenFile> golden;
  if (!options.out.empty()) golden.emplace(options.out, x, gpu, command);
  std::int64_t all_wrong = 0;
  for (std::size_t i = 0; i < class_names.size(); ++i) {
    Work work = draw_tiles(x, static_cast<Class>(i), options.tiles, options.seed + 1000 * i);
    if (options.simulate) {
      std::size_t next = 0;
      for_products(x, work, [&](auto a, auto b, std::uint32_t c, std::uint32_t) {
        work.d[next++] = model ? static_cast<std::uint32_t>(by_model(*model, f, a, b, c)) : 0;
      });
    } else {
      probe::run(x, {work.count, work.a.data(), work.b.data(), work.c.data(), work.d.data()});
    }
    std::int64_t wrong = 0, kept = 0, products = 0;
    for_products(x, work, [&](auto a, auto b, std::uint32_t c, std::uint32_t d) {
      ++products;
      const std::uint64_t expected = model ? by_model(*model, f, a, b, c) : d;
      if (expected != d && wrong++ < 3)
        fmt::print("    {}: c {:x}, found {:x}, the model gives {:x}\n      a {:x}\n      b {:x}\n", class_names[i], c,
                   d, expected, fmt::join(a, " "), fmt::join(b, " "));
      if (golden && (expected != d || products % (1 + x.rows() / 8) == 0) && kept++ < options.lines)
        golden->add(a, b, c, d);
    });
    fmt::print("  {:<10} {} of {} wrong\n", class_names[i], wrong, products);
    std::fflush(stdout);
    all_wrong += wrong;
  }
  if (golden) golden->finish();
  return all_wrong;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int data_error = 1, usage_error = 2;
  CLI::App app{"Random and adversarial dot products on this machine's GPU (Ampere or later), beside the models.",
               "silicon_probe"};
  Options options;
  app.add_option("--tiles", options.tiles, "tiles of each class, of 128 (wgmma: 512) products (default: 100)");
  app.add_option("--seed", options.seed, "the same seed, the same numbers (default: 1)");
  app.add_option("--unit", options.unit, "only hopper_mma or hopper_wgmma");
  app.add_option("--out", options.out, "a folder for files of what the GPU gave, for silicon_check");
  app.add_option("--lines", options.lines, "results of each class in such a file, wrong ones first (default: 100)");
  app.add_flag("--simulate", options.simulate, "the models in the place of the GPU: tries this program");
  try {
    app.parse(argc, argv);
    const std::string gpu = options.simulate ? "simulated" : probe::describe_gpu();
    fmt::print("{}\n", gpu);
    std::string command = "silicon_probe";
    for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];
    std::int64_t wrong = 0;
    for (const Instruction& each : instructions) {
      if (!options.unit.empty() && options.unit != each.unit) continue;
      if (!options.simulate && !probe::has(each)) continue;
      wrong += probe_instruction(each, options, gpu, command);
    }
    return wrong == 0 ? 0 : data_error;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return data_error;
  }
}
