// The AMX instructions as they were assembled, on a CPU without AMX: each is caught as illegal, decoded by Intel's
// manual and carried out by the definition. So operands, strides and the configuration of the tiles are checked where
// the instructions cannot run; where they can, emu_tdpbf16ps.cpp compares them themselves.
#include "bits/emu_tile_units.hpp"
#include "bits/emu_twin.hpp"
#include "formats/native_units.hpp"
#if defined(__x86_64__) && defined(__linux__)
#include <ucontext.h>
#include <csignal>
#include <cstdlib>

namespace {
using namespace halfway;
using namespace halfway::emu;

/// The processor's state: the configuration is 64 bytes as LDTILECFG reads them.
struct {
  std::array<std::uint8_t, 64> config;
  std::array<test::Tile, 8> tiles;
  std::int64_t executed[7];
} cpu_state;
enum Instruction { ldtilecfg, tilerelease, tilezero, tileloadd, tilestored, tdpbf16ps_, unknown };

int rows_of(int tile) { return cpu_state.config[48 + static_cast<std::size_t>(tile)]; }
std::size_t line_bytes_of(int tile) {
  std::uint16_t bytes;
  std::memcpy(&bytes, cpu_state.config.data() + 16 + 2 * tile, sizeof bytes);
  return bytes;
}

/// A VEX instruction with three bytes of prefix, and the registers it finds.
class Decoder {
 public:
  Decoder(const std::uint8_t* at, const greg_t* registers) : at_(at), registers_(registers) {
    if (at[0] != 0xC4 || (at[1] & 0x1F) != 2 || (at[2] & 0x84) != 0) return;  // map 0F38, W = 0, L = 0
    prefix_ = at[2] & 3, opcode_ = at[3], modrm_ = at[4];
    read_address();
  }
  Instruction instruction() const {
    const bool memory = mod() != 3, by_sib = memory && (modrm_ & 7) == 4;
    switch (opcode_) {
      case 0x49: return memory ? prefix_ == 0 ? ldtilecfg : unknown : prefix_ == 0 ? tilerelease : tilezero;
      case 0x4B: return !by_sib ? unknown : prefix_ == 3 ? tileloadd : prefix_ == 2 ? tilestored : unknown;
      case 0x5C: return !memory && prefix_ == 2 ? tdpbf16ps_ : unknown;
      default: return unknown;
    }
  }
  int reg() const { return modrm_ >> 3 & 7; }
  int rm() const { return modrm_ & 7; }
  int vvvv() const { return ~(at_[2] >> 3) & 7; }
  std::byte* address() const { return reinterpret_cast<std::byte*>(address_); }
  std::int64_t stride() const { return stride_; }
  int length() const { return length_; }

 private:
  int mod() const { return modrm_ >> 6; }
  std::int64_t general(int number) const {
    static constexpr int places[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                       REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    return registers_[places[number]];
  }
  void read_address() {
    length_ = 5;
    if (mod() == 3) return;
    const int high_index = (at_[1] & 0x40) != 0 ? 0 : 8, high_base = (at_[1] & 0x20) != 0 ? 0 : 8;
    int base = modrm_ & 7;
    if (base == 4) {
      const int sib = at_[length_++], index = (sib >> 3 & 7) + high_index;
      base = sib & 7;
      if (index != 4) stride_ = general(index) << (sib >> 6);
    }
    const bool no_base = mod() == 0 && base == 5;
    std::int32_t displacement = 0;
    if (mod() == 1) displacement = static_cast<std::int8_t>(at_[length_++]);
    if (mod() == 2 || no_base) std::memcpy(&displacement, at_ + length_, 4), length_ += 4;
    if (!no_base)
      address_ = general(base + high_base);
    else if ((modrm_ & 7) == 5)  // relative to the next instruction
      address_ = reinterpret_cast<std::int64_t>(at_ + length_);
    address_ += displacement;
  }

  const std::uint8_t* at_;
  const greg_t* registers_;
  int prefix_ = 0, opcode_ = 0, modrm_ = 0, length_ = 0;
  std::int64_t address_ = 0, stride_ = 0;
};

void execute(const Decoder& decoded) {
  auto& config = cpu_state.config;
  auto& tiles = cpu_state.tiles;
  const Instruction instruction = decoded.instruction();
  ++cpu_state.executed[instruction];
  const auto tile = [&](int number) -> test::Tile& { return tiles[static_cast<std::size_t>(number)]; };
  if (instruction != ldtilecfg && config[0] != 1) std::abort();  // tiles that are not configured
  switch (instruction) {
    case ldtilecfg: std::memcpy(config.data(), decoded.address(), config.size()), tiles = {}; return;
    case tilerelease: config = {}, tiles = {}; return;
    case tilezero: tile(decoded.reg()) = {}; return;
    case tileloadd:
      tile(decoded.reg()) = {};
      for (int row = 0; row < rows_of(decoded.reg()); ++row)
        std::memcpy(tile(decoded.reg()).lines[static_cast<std::size_t>(row)].data(),
                    decoded.address() + row * decoded.stride(), line_bytes_of(decoded.reg()));
      return;
    case tilestored:
      for (int row = 0; row < rows_of(decoded.reg()); ++row)
        std::memcpy(decoded.address() + row * decoded.stride(),
                    tile(decoded.reg()).lines[static_cast<std::size_t>(row)].data(), line_bytes_of(decoded.reg()));
      return;
    case tdpbf16ps_:
      test::ByDefinition<tdpbf16ps>::multiply_add(tile(decoded.reg()), tile(decoded.rm()), tile(decoded.vvvv()));
      return;
    case unknown: std::abort();
  }
}

void caught(int, siginfo_t*, void* context) {
  greg_t* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const Decoder decoded(reinterpret_cast<const std::uint8_t*>(registers[REG_RIP]), registers);
  execute(decoded);
  registers[REG_RIP] += decoded.length();
}

/// Illegal instructions are carried out as long as it lives.
struct Trap {
  Trap() {
    struct sigaction action {};
    action.sa_sigaction = &caught;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGILL, &action, &before);
  }
  ~Trap() { sigaction(SIGILL, &before, nullptr); }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;
  struct sigaction before {};
};

}  // namespace

TEST_CASE("AMX instructions, caught: products") {
  if (halfway::detail::has_amx_bf16()) {
    MESSAGE("this machine has AMX: emu_tdpbf16ps.cpp runs its instructions");
    return;
  }
  const Trap trap;
  CHECK(emu::detail::check_tiles(*emu::detail::amx_unit()).wrong == 0);
  const test::WithTiles tiles(*emu::detail::amx_unit());
  execution::set_threads(1);
  std::uint64_t seed = 0;
  for (const auto [m, n, k] : {std::array{5, 7, 9}, {16, 17, 32}, {17, 16, 33}, {33, 40, 70}, {20, 20, 300}})
    for (const bool with_c : {false, true}) {
      test::Case c{.m = m,
                   .n = n,
                   .k = k,
                   .a = DType::bfloat16,
                   .b = DType::bfloat16,
                   .d = DType::float32,
                   .algorithm = dot::bf16_bf16_f32,
                   .model = tdpbf16ps,
                   .a_layout = test::Matrix::Layout::rows,
                   .b_layout = test::Matrix::Layout::rows,
                   .d_layout = test::Matrix::Layout::rows,
                   .a_numbers = test::Numbers::normal,
                   .b_numbers = test::Numbers::bits,
                   .seed = 4 * seed++ + 1};  // not on two threads: there is one state
      if (with_c) c.c = DType::float32;
      test::check(c);
    }
  execution::use_target("");
  for (const Instruction each : {ldtilecfg, tilerelease, tilezero, tileloadd, tilestored, tdpbf16ps_})
    CHECK(cpu_state.executed[each] > 0);
}
#else
TEST_CASE("AMX instructions, caught: products") { MESSAGE("not on this processor or system"); }
#endif
