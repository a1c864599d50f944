#include "nn/compatibility.hpp"

#include <atomic>
#include <vector>

#include "halfway/tensor/device.hpp"

namespace halfway::detail {
namespace {

constexpr emu::ComputeCapability required{7, 0};
std::atomic<bool> logged = false;

bool supported(const Gpu& gpu) { return gpu.compute_capability && *gpu.compute_capability >= required; }

std::string describe(const Gpu& gpu) {
  const std::string name = gpu.name.empty() ? "Unknown GPU" : gpu.name;
  if (!gpu.compute_capability) return name + ", no compute capability (probably not an Nvidia GPU)";
  return name + ", compute capability " + std::to_string(gpu.compute_capability->major) + "." +
         std::to_string(gpu.compute_capability->minor);
}

/// One line each, supported ones first; equal neighbours are merged to "X (x2)".
std::string list(std::span<const Gpu> gpus) {
  std::vector<std::string> lines;
  for (const bool wanted : {true, false})
    for (const Gpu& gpu : gpus)
      if (supported(gpu) == wanted) lines.push_back(describe(gpu));
  std::string text;
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t next = i;
    while (next < lines.size() && lines[next] == lines[i]) ++next;
    text += "  " + lines[i] + (next - i > 1 ? " (x" + std::to_string(next - i) + ")" : "") + "\n";
    i = next;
  }
  return text;
}

constexpr std::string_view head = "Mixed precision compatibility check (mixed_float16): ";
constexpr std::string_view see =
    "See https://developer.nvidia.com/cuda-gpus for a list of GPUs and their compute capabilities.\n";
constexpr std::string_view suffix =
    "If you will use compatible GPU(s) not attached to this host, e.g. by running a multi-worker model, you can ignore "
    "this warning. This message will only be logged once";

}  // namespace

CompatibilityMessage gpu_compatibility(std::span<const Gpu> gpus) {
  const std::string start(head), end(suffix);
  if (gpus.empty())
    return {LogLevel::warning,
            start +
                "WARNING\nThe dtype policy mixed_float16 may run slowly because this machine does not have a GPU. "
                "Only Nvidia GPUs with compute capability of at least 7.0 run quickly with mixed_float16.\n" +
                end};
  std::size_t good = 0;
  for (const Gpu& gpu : gpus) good += supported(gpu) ? 1 : 0;
  const bool one = gpus.size() == 1;
  if (good == gpus.size())
    return {LogLevel::info,
            start + (one ? "OK\nYour GPU will likely run quickly with dtype policy mixed_float16 as it has compute "
                           "capability of at least 7.0. Your GPU: " +
                               describe(gpus[0])
                         : "OK\nYour GPUs will likely run quickly with dtype policy mixed_float16 as they all have "
                           "compute capability of at least 7.0")};
  const std::string body =
      one ? "Your GPU may run slowly with dtype policy mixed_float16 because it does not have compute capability of at "
            "least 7.0. Your GPU:\n"
      : good == 0 ? "Your GPUs may run slowly with dtype policy mixed_float16 because they do not have compute "
                    "capability of at least 7.0. Your GPUs:\n"
                  : "Some of your GPUs may run slowly with dtype policy mixed_float16 because they do not all have "
                    "compute capability of at least 7.0. Your GPUs:\n";
  return {LogLevel::warning, start + "WARNING\n" + body + list(gpus) + std::string(see) + end};
}

std::optional<CompatibilityMessage> compatibility(const Policy& policy, const emu::DeviceModel& device) {
  const std::string name = policy.name();
  if (policy.compute_dtype() == policy.variable_dtype()) return std::nullopt;
  const FloatFormat format = float_format(policy.compute_dtype());
  if (device.mixed_policy != name && emu::find_unit(device, format, format) == nullptr)
    return CompatibilityMessage{
        LogLevel::warning,
        "Mixed precision compatibility check (" + name + "): WARNING\nThe device " + std::string(device.name) +
            " is made for the dtype policy " + std::string(device.mixed_policy) + ", not for " + name +
            "; it runs all the same. Its matrix unit takes no " + std::string(halfway::name(policy.compute_dtype())) +
            ": such operands are widened to float32 and go the float32 way."};
  if (name != "mixed_float16") return std::nullopt;
  std::vector<Gpu> gpus;
  if (device.kind == emu::DeviceKind::gpu) gpus.push_back({std::string(device.description), device.compute_capability});
  return gpu_compatibility(gpus);
}

void check_compatibility(const Policy& policy) {
  const auto message = compatibility(policy, current_device().model());
  if (message && !logged.exchange(true)) log(message->level, message->text);
}

void reset_compatibility_check() { logged = false; }

}  // namespace halfway::detail
