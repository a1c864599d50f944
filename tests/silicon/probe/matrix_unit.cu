// mma.sync and wgmma on tiles of codes. Where an element stands in a thread's registers: PTX ISA, "Warp-level matrix
// instructions" and "Asynchronous warpgroup-level matrix instructions", fragments of m16n8k* and m64n8k*.
#include <cuda_runtime.h>

#include <stdexcept>

#include "matrix_unit.hpp"

namespace halfway::probe {
namespace {

using Operands = Instruction::Operands;

__host__ __device__ constexpr int bits_of(Operands operands) {
  return operands == Instruction::tf32 ? 32 : operands == Instruction::e4m3 || operands == Instruction::e5m2 ? 8 : 16;
}

/// Elements [k, k + 32 / bits) of a line of codes in one register.
template <int kBits>
__device__ std::uint32_t packed(const std::uint32_t* line, int k) {
  std::uint32_t word = 0;
  for (int i = 0; i < 32 / kBits; ++i) word |= line[k + i] << (i * kBits);
  return word;
}

/// The registers of A of this lane: 16 rows, two halves of k.
template <int kBits>
__device__ void load_a(const std::uint32_t* a, std::uint32_t (&registers)[4]) {
  constexpr int each = 32 / kBits, terms = 8 * each;
  const int lane = threadIdx.x % 32, group = lane / 4, k = lane % 4 * each;
  for (int r = 0; r < 4; ++r) registers[r] = packed<kBits>(a + (group + r % 2 * 8) * terms, k + r / 2 * 4 * each);
}

/// C or D of this lane: row `group` and the one 8 below, columns 2·(lane mod 4) and the next; float16 sums are pairs.
template <class Body>
__device__ void for_sums(Body body) {
  const int lane = threadIdx.x % 32;
  for (int i = 0; i < 4; ++i) body(i, (lane / 4 + i / 2 * 8) * tile_columns + lane % 4 * 2 + i % 2);
}
template <bool kHalf>
__device__ void load_sums(const std::uint32_t* c, std::uint32_t (&registers)[4]) {
  for (std::uint32_t& each : registers) each = 0;
  for_sums([&](int i, int at) {
    if (kHalf)
      registers[i / 2] |= c[at] << (i % 2 * 16);
    else
      registers[i] = c[at];
  });
}
template <bool kHalf>
__device__ void store_sums(const std::uint32_t (&registers)[4], std::uint32_t* d) {
  for_sums([&](int i, int at) { d[at] = kHalf ? registers[i / 2] >> (i % 2 * 16) & 0xFFFF : registers[i]; });
}

#define HALFWAY_MMA_F32(name)                                                                                        \
  asm volatile("mma.sync.aligned." name " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"           \
               : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])                                                      \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))
#define HALFWAY_MMA_F16(name)                                                                                        \
  asm volatile("mma.sync.aligned." name " {%0, %1}, {%2, %3, %4, %5}, {%6, %7}, {%0, %1};"                           \
               : "+r"(d[0]), "+r"(d[1])                                                                              \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))

template <Operands kOperands, bool kHalf>
__global__ void mma_kernel(Tiles tiles) {
  constexpr int bits = bits_of(kOperands), each = 32 / bits, terms = 8 * each;
  const std::int64_t tile = blockIdx.x;
  std::uint32_t a[4], b[2], d[4];
  load_a<bits>(tiles.a + tile * 16 * terms, a);
  const int lane = threadIdx.x % 32;
  for (int r = 0; r < 2; ++r)
    b[r] = packed<bits>(tiles.b + (tile * tile_columns + lane / 4) * terms, lane % 4 * each + r * 4 * each);
  load_sums<kHalf>(tiles.c + tile * 16 * tile_columns, d);
  if constexpr (kOperands == Instruction::float16 && kHalf)
    HALFWAY_MMA_F16("m16n8k16.row.col.f16.f16.f16.f16");
  else if constexpr (kOperands == Instruction::float16)
    HALFWAY_MMA_F32("m16n8k16.row.col.f32.f16.f16.f32");
  else if constexpr (kOperands == Instruction::bfloat16)
    HALFWAY_MMA_F32("m16n8k16.row.col.f32.bf16.bf16.f32");
  else if constexpr (kOperands == Instruction::tf32)
    HALFWAY_MMA_F32("m16n8k8.row.col.f32.tf32.tf32.f32");
#if __CUDA_ARCH__ >= 890
  else if constexpr (kOperands == Instruction::e4m3 && kHalf)
    HALFWAY_MMA_F16("m16n8k32.row.col.f16.e4m3.e4m3.f16");
  else if constexpr (kOperands == Instruction::e4m3)
    HALFWAY_MMA_F32("m16n8k32.row.col.f32.e4m3.e4m3.f32");
  else if constexpr (kHalf)
    HALFWAY_MMA_F16("m16n8k32.row.col.f16.e5m2.e5m2.f16");
  else
    HALFWAY_MMA_F32("m16n8k32.row.col.f32.e5m2.e5m2.f32");
#endif
  store_sums<kHalf>(d, tiles.d + tile * 16 * tile_columns);
}

#define HALFWAY_WGMMA_F32(name, ending)                                                                              \
  asm volatile("wgmma.mma_async.sync.aligned." name " {%0, %1, %2, %3}, {%4, %5, %6, %7}, %8, 1, 1, 1" ending ";"    \
               : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])                                                      \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(descriptor))
#define HALFWAY_WGMMA_F16(name, ending)                                                                              \
  asm volatile("wgmma.mma_async.sync.aligned." name " {%0, %1}, {%2, %3, %4, %5}, %6, 1, 1, 1" ending ";"            \
               : "+r"(d[0]), "+r"(d[1])                                                                              \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(descriptor))

template <Operands kOperands, bool kHalf>
__global__ void wgmma_kernel(Tiles tiles) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  constexpr int bits = bits_of(kOperands), each = 32 / bits, terms = 8 * each;
  const std::int64_t tile = blockIdx.x;
  const int warp = threadIdx.x / 32;
  // B without swizzle: two core matrices of 8 columns by 16 bytes, the halves of k, 128 bytes apart.
  __shared__ alignas(128) std::uint32_t shared[2][tile_columns][4];
  if (threadIdx.x < 64) {
    const int half = threadIdx.x / 32, column = threadIdx.x / 4 % 8, word = threadIdx.x % 4;
    shared[half][column][word] =
        packed<bits>(tiles.b + (tile * tile_columns + column) * terms, (half * 4 + word) * each);
  }
  std::uint32_t a[4], d[4];
  load_a<bits>(tiles.a + (tile * 64 + warp * 16) * terms, a);
  load_sums<kHalf>(tiles.c + (tile * 64 + warp * 16) * tile_columns, d);
  asm volatile("fence.proxy.async;" ::: "memory");
  __syncthreads();
  const auto address = static_cast<std::uint64_t>(__cvta_generic_to_shared(shared));
  // Both strides are that between the halves of k: in the direction of columns there is one core matrix.
  constexpr std::uint64_t stride = 128 >> 4;
  const std::uint64_t descriptor = (address & 0x3FFFF) >> 4 | stride << 16 | stride << 32;
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
  if constexpr (kOperands == Instruction::float16 && kHalf)
    HALFWAY_WGMMA_F16("m64n8k16.f16.f16.f16", ", 0");
  else if constexpr (kOperands == Instruction::float16)
    HALFWAY_WGMMA_F32("m64n8k16.f32.f16.f16", ", 0");
  else if constexpr (kOperands == Instruction::bfloat16)
    HALFWAY_WGMMA_F32("m64n8k16.f32.bf16.bf16", ", 0");
  else if constexpr (kOperands == Instruction::tf32)
    HALFWAY_WGMMA_F32("m64n8k8.f32.tf32.tf32", "");
  else if constexpr (kOperands == Instruction::e4m3 && kHalf)
    HALFWAY_WGMMA_F16("m64n8k32.f16.e4m3.e4m3", "");
  else if constexpr (kOperands == Instruction::e4m3)
    HALFWAY_WGMMA_F32("m64n8k32.f32.e4m3.e4m3", "");
  else if constexpr (kHalf)
    HALFWAY_WGMMA_F16("m64n8k32.f16.e5m2.e5m2", "");
  else
    HALFWAY_WGMMA_F32("m64n8k32.f32.e5m2.e5m2", "");
  asm volatile("wgmma.commit_group.sync.aligned;\n\twgmma.wait_group.sync.aligned 0;" ::: "memory");
  store_sums<kHalf>(d, tiles.d + (tile * 64 + warp * 16) * tile_columns);
#endif
}

void check(cudaError_t status) {
  if (status != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(status));
}

cudaDeviceProp properties() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || count == 0) throw std::runtime_error("there is no NVIDIA GPU here");
  cudaDeviceProp found;
  check(cudaGetDeviceProperties(&found, 0));
  return found;
}

/// Device memory that holds a copy of host memory.
class Copy {
 public:
  Copy(const std::uint32_t* from, std::int64_t count) : bytes_(static_cast<std::size_t>(count) * sizeof *from) {
    check(cudaMalloc(&data_, bytes_));
    check(cudaMemcpy(data_, from, bytes_, cudaMemcpyHostToDevice));
  }
  ~Copy() { cudaFree(data_); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  std::uint32_t* data() const { return static_cast<std::uint32_t*>(data_); }
  void fetch(std::uint32_t* to) const { check(cudaMemcpy(to, data_, bytes_, cudaMemcpyDeviceToHost)); }

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

template <Operands kOperands, bool kHalf>
void launch(bool warp_group, const Tiles& tiles) {
  const auto blocks = static_cast<unsigned>(tiles.count);
  if (warp_group)
    wgmma_kernel<kOperands, kHalf><<<blocks, 128>>>(tiles);
  else
    mma_kernel<kOperands, kHalf><<<blocks, 32>>>(tiles);
}

}  // namespace

std::string describe_gpu() {
  const cudaDeviceProp gpu = properties();
  int driver = 0, runtime = 0;
  check(cudaDriverGetVersion(&driver)), check(cudaRuntimeGetVersion(&runtime));
  const auto version = [](int v) { return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10); };
  return std::string(gpu.name) + ", compute capability " + std::to_string(gpu.major) + "." +
         std::to_string(gpu.minor) + ", driver for CUDA " + version(driver) + ", CUDA " + version(runtime);
}

bool has(const Instruction& instruction) {
  const cudaDeviceProp gpu = properties();
  const int capability = 10 * gpu.major + gpu.minor;
  if (instruction.warp_group) return capability == 90;
  return capability >= (instruction.bits() == 8 ? 89 : 80);
}

void run(const Instruction& instruction, const Tiles& tiles) {
  const std::int64_t lines = tiles.count * instruction.rows(), columns = tiles.count * tile_columns;
  const Copy a(tiles.a, lines * instruction.terms()), b(tiles.b, columns * instruction.terms());
  const Copy c(tiles.c, lines * tile_columns), d(tiles.c, lines * tile_columns);
  const Tiles there{tiles.count, a.data(), b.data(), c.data(), d.data()};
  const bool group = instruction.warp_group, half = instruction.float16_sums;
  switch (instruction.operands) {
    case Instruction::float16:
      half ? launch<Instruction::float16, true>(group, there) : launch<Instruction::float16, false>(group, there);
      break;
    case Instruction::bfloat16: launch<Instruction::bfloat16, false>(group, there); break;
    case Instruction::tf32: launch<Instruction::tf32, false>(group, there); break;
    case Instruction::e4m3:
      half ? launch<Instruction::e4m3, true>(group, there) : launch<Instruction::e4m3, false>(group, there);
      break;
    case Instruction::e5m2:
      half ? launch<Instruction::e5m2, true>(group, there) : launch<Instruction::e5m2, false>(group, there);
      break;
  }
  check(cudaGetLastError());
  check(cudaDeviceSynchronize());
  d.fetch(tiles.d);
}

}  // namespace halfway::probe
