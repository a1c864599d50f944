// Policies: names, printing, scopes; the device compatibility check word for word.
#include <thread>

#include "halfway/emu/devices.hpp"
#include "halfway/nn/layers.hpp"
#include "halfway/nn/policy.hpp"
#include "halfway/tensor/device.hpp"
#include "nn/compatibility.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;
using detail::Gpu;

const std::string head = "Mixed precision compatibility check (mixed_float16): ";
const std::string see =
    "See https://developer.nvidia.com/cuda-gpus for a list of GPUs and their compute capabilities.\n";
const std::string suffix =
    "If you will use compatible GPU(s) not attached to this host, e.g. by running a multi-worker model, you can ignore "
    "this warning. This message will only be logged once";
const std::string no_gpu =
    head +
    "WARNING\nThe dtype policy mixed_float16 may run slowly because this machine does not have a GPU. Only Nvidia GPUs "
    "with compute capability of at least 7.0 run quickly with mixed_float16.\n" +
    suffix;

/// Starts with the check not yet logged, and ends so.
class FreshCheck {
 public:
  FreshCheck() { detail::reset_compatibility_check(); }
  ~FreshCheck() { detail::reset_compatibility_check(); }
  FreshCheck(const FreshCheck&) = delete;
  FreshCheck& operator=(const FreshCheck&) = delete;
  LogCapture log;
};
}  // namespace

TEST_CASE("policies: what each name means") {
  struct Row {
    std::string name;
    DType compute, variable;
    bool scales;
  };
  const Row rows[] = {{"mixed_float16", DType::float16, DType::float32, true},
                      {"mixed_bfloat16", DType::bfloat16, DType::float32, false},
                      {"float16", DType::float16, DType::float16, false},
                      {"bfloat16", DType::bfloat16, DType::bfloat16, false},
                      {"float32", DType::float32, DType::float32, false},
                      {"float64", DType::float64, DType::float64, false},
                      {"int32", DType::int32, DType::int32, false}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Policy policy = Policy::parse(row.name);
    CHECK(policy.compute_dtype() == row.compute);
    CHECK(policy.variable_dtype() == row.variable);
    CHECK(policy.loss_scale().has_value() == row.scales);
    CHECK(policy.name() == row.name);
    CHECK(policy == Policy::parse(row.name));
  }
  static_assert(Policy("mixed_bfloat16").compute_dtype() == DType::bfloat16);
  CHECK(Policy(DType::float16) == Policy("float16"));
  CHECK(Policy::parse("half") == Policy("float16"));
  CHECK_FALSE(Policy("mixed_float16") == Policy("float16"));
  CHECK(Policy("mixed_float16").loss_scale() == LossScale(DynamicLossScale()));
}

TEST_CASE("policies: an unknown name is told what there is") {
  const std::string message = error_of<ValueError>([] { Policy::parse("mixed_float8"); });
  CHECK(contains(message, "Cannot convert value mixed_float8 to a mixed precision Policy."));
  for (const std::string name : {"mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float32", "float64"})
    CHECK(contains(message, name));
  CHECK_FALSE(error_of<ValueError>([] { Policy::parse(""); }).empty());
}

TEST_CASE("policies: printing") {
  CHECK(printed(Policy("float32")) == "<Policy \"float32\", loss_scale=None>");
  CHECK(printed(Policy("mixed_bfloat16")) == "<Policy \"mixed_bfloat16\", loss_scale=None>");
  CHECK(printed(Policy("mixed_float16")) ==
        "<Policy \"mixed_float16\", loss_scale=DynamicLossScale(current_loss_scale=32768.0, num_good_steps=0, "
        "initial_loss_scale=32768.0, increment_period=2000, multiplier=2.0)>");
  CHECK(printed(Policy("mixed_float16").with_loss_scale(2)) ==
        "<Policy \"mixed_float16\", loss_scale=FixedLossScale(2.0)>");
  CHECK(printed(Policy("mixed_float16").with_loss_scale(std::nullopt)) ==
        "<Policy \"mixed_float16\", loss_scale=None>");
}

TEST_CASE("policies: a loss scale where it is of no use is a warning, not an error") {
  const LogCapture log;
  (void)Policy("mixed_float16").with_loss_scale(8);
  (void)Policy("float16").with_loss_scale(8);
  (void)Policy("float32").with_loss_scale(std::nullopt);
  CHECK(log.lines.empty());
  const Policy odd = Policy("float32").with_loss_scale(2);
  REQUIRE(log.lines.size() == 1);
  CHECK(log.lines[0].first == LogLevel::warning);
  CHECK(log.lines[0].second ==
        "Creating a Policy with a loss scale is only useful for float16 policies. You passed loss_scale=2.0 for policy "
        "float32. Consider not passing any loss_scale instead.");
  CHECK(odd.loss_scale() == LossScale(2));
  CHECK_FALSE(odd == Policy("float32"));
}

TEST_CASE("the global policy: set, scoped, nested, restored by exceptions, per thread") {
  const FreshCheck quiet;
  CHECK(global_policy() == Policy("float32"));
  {
    const PolicyScope outer("mixed_bfloat16");
    CHECK(global_policy() == Policy("mixed_bfloat16"));
    {
      const PolicyScope inner("float64");
      CHECK(global_policy() == Policy("float64"));
      set_policy("float16");  // the scope goes on governing this thread
      CHECK(global_policy() == Policy("float64"));
    }
    CHECK(global_policy() == Policy("mixed_bfloat16"));
    std::string elsewhere;
    std::thread([&] { elsewhere = global_policy().name(); }).join();
    CHECK(elsewhere == "float16");
  }
  CHECK(global_policy() == Policy("float16"));
  set_policy("float32");
  try {
    const PolicyScope scope("mixed_float16");
    throw 1;
  } catch (int) {
  }
  CHECK(global_policy() == Policy("float32"));
}

TEST_CASE("the global policy: only a floating-point one") {
  const std::string text =
      "can only be used to set the global policy to floating-point policies, such as \"float32\" and "
      "\"mixed_float16\", but got policy: int32";
  CHECK(contains(error_of<ValueError>([] { set_policy("int32"); }), "[set_policy] " + text));
  CHECK(contains(error_of<ValueError>([] { const PolicyScope scope("int32"); }), text));
  CHECK(global_policy() == Policy("float32"));
}

TEST_CASE("a layer keeps the policy of its construction") {
  const FreshCheck quiet;
  set_policy("mixed_float16");
  const Dense layer(2);
  set_policy("float32");
  CHECK(layer.policy() == Policy("mixed_float16"));
  CHECK(Dense(2).policy() == Policy("float32"));
  CHECK(Dense(2, {.dtype = "bfloat16"}).policy() == Policy("bfloat16"));
  CHECK(layer(zeros({1, 3})).dtype() == DType::float16);
  CHECK(layer.kernel().dtype() == DType::float32);
}

TEST_CASE("compatibility messages: Keras' words") {
  const auto gpu = [](const std::string& name, int major, int minor) {
    return Gpu{name, emu::ComputeCapability{major, minor}};
  };
  const Gpu v100 = gpu("V100", 7, 0), a100 = gpu("A100", 8, 0), k40 = gpu("K40", 3, 10), other{"Radeon", {}},
            nameless = gpu("", 6, 1);
  const std::string one_old =
      "WARNING\nYour GPU may run slowly with dtype policy mixed_float16 because it does not have compute capability of "
      "at least 7.0. Your GPU:\n";
  const std::string all_old =
      "WARNING\nYour GPUs may run slowly with dtype policy mixed_float16 because they do not have compute capability "
      "of "
      "at least 7.0. Your GPUs:\n";
  const std::string some_old =
      "WARNING\nSome of your GPUs may run slowly with dtype policy mixed_float16 because they do not all have compute "
      "capability of at least 7.0. Your GPUs:\n";
  const std::string end = see + suffix;
  struct Row {
    std::vector<Gpu> gpus;
    LogLevel level;
    std::string text;
  };
  const Row rows[] = {
      {{}, LogLevel::warning, no_gpu},
      {{v100},
       LogLevel::info,
       head + "OK\nYour GPU will likely run quickly with dtype policy mixed_float16 as it has compute capability of at "
              "least 7.0. Your GPU: V100, compute capability 7.0"},
      {{v100, a100},
       LogLevel::info,
       head + "OK\nYour GPUs will likely run quickly with dtype policy mixed_float16 as they all have compute "
              "capability of at least 7.0"},
      {{k40}, LogLevel::warning, head + one_old + "  K40, compute capability 3.10\n" + end},
      {{nameless}, LogLevel::warning, head + one_old + "  Unknown GPU, compute capability 6.1\n" + end},
      {{other},
       LogLevel::warning,
       head + one_old + "  Radeon, no compute capability (probably not an Nvidia GPU)\n" + end},
      {{k40, k40, nameless, k40},
       LogLevel::warning,
       head + all_old +
           "  K40, compute capability 3.10 (x2)\n  Unknown GPU, compute capability 6.1\n  K40, compute capability "
           "3.10\n" +
           end},
      {{k40, v100, other, v100},
       LogLevel::warning,
       head + some_old +
           "  V100, compute capability 7.0 (x2)\n  K40, compute capability 3.10\n  Radeon, no compute capability "
           "(probably not an Nvidia GPU)\n" +
           end}};
  for (const Row& row : rows) {
    const auto message = detail::gpu_compatibility(row.gpus);
    CHECK(message.level == row.level);
    CHECK(message.text == row.text);
  }
}

TEST_CASE("compatibility check: who it concerns") {
  CHECK(detail::compatibility("mixed_float16", emu::cpu)->text == no_gpu);
  for (const Policy& policy : {Policy("mixed_bfloat16"), Policy("float16"), Policy("float32")})
    CHECK_FALSE(detail::compatibility(policy, emu::cpu).has_value());
  static constexpr emu::DeviceModel card{.name = "card",
                                         .description = "Some Card",
                                         .kind = emu::DeviceKind::gpu,
                                         .compute_capability = emu::ComputeCapability{7, 5}};
  const auto on_card = detail::compatibility("mixed_float16", card);
  CHECK(on_card->level == LogLevel::info);
  CHECK(contains(on_card->text, "Your GPU: Some Card, compute capability 7.5"));
  CHECK(contains(detail::compatibility("mixed_bfloat16", card)->text, "made for the dtype policy mixed_float16"));
  const auto on_tpu = detail::compatibility("mixed_float16", emu::tpu_v3);
  CHECK(on_tpu->level == LogLevel::warning);
  CHECK(contains(on_tpu->text, "The device tpu_v3 is made for the dtype policy mixed_bfloat16, not for mixed_float16"));
  CHECK(contains(on_tpu->text, "takes no float16"));
  CHECK_FALSE(detail::compatibility("mixed_bfloat16", emu::tpu_v3).has_value());
  CHECK_FALSE(detail::compatibility("float32", emu::tpu_v3).has_value());

  // The guide's line, as a machine with that card prints it.
  CHECK(detail::compatibility("mixed_float16", emu::tesla_v100)->text ==
        head +
            "OK\nYour GPU will likely run quickly with dtype policy mixed_float16 as it has compute capability of at "
            "least 7.0. Your GPU: Tesla V100-SXM2-16GB, compute capability 7.0");
  CHECK(contains(detail::compatibility("mixed_float16", emu::tesla_p100)->text,
                 "because it does not have compute capability of at least 7.0. Your GPU:\n  Tesla P100-SXM2-16GB, "
                 "compute capability 6.0\n"));
  CHECK(contains(detail::compatibility("mixed_float16", emu::mi300)->text,
                 "  AMD Instinct MI300X, no compute capability (probably not an Nvidia GPU)\n"));
}

TEST_CASE("compatibility check: every mixed policy on every device is either what it is made for or warned of") {
  for (const Policy& policy : {Policy("mixed_float16"), Policy("mixed_bfloat16")})
    for (const emu::DeviceModel* device : emu::device_models()) {
      CAPTURE(std::string(device->name) + " " + policy.name());
      const FloatFormat format = float_format(policy.compute_dtype());
      const bool has_unit = emu::find_unit(*device, format, format) != nullptr;
      const auto message = detail::compatibility(policy, *device);
      const bool warned = message && message->level == LogLevel::warning;
      if (!has_unit) CHECK(warned);
      if (policy.name() == "mixed_bfloat16") CHECK(warned == !has_unit);
      if (warned && device->mixed_policy != policy.name() && !has_unit)
        CHECK(contains(message->text, "made for the dtype policy " + std::string(device->mixed_policy)));
    }
}

TEST_CASE("compatibility check: once, at set_policy, PolicyScope or the first layer, against the current device") {
  {
    const FreshCheck check;
    set_policy("float32");
    const Dense plain(1, {.dtype = "float16"});
    CHECK(check.log.lines.empty());
    set_policy("mixed_float16");
    REQUIRE(check.log.lines.size() == 1);
    CHECK(check.log.lines[0].first == LogLevel::warning);
    CHECK(check.log.lines[0].second == no_gpu);
    const PolicyScope scope("mixed_float16");
    const Dense layer(1);
    set_policy("float32");
    CHECK(check.log.lines.size() == 1);
  }
  {
    const FreshCheck check;
    const PolicyScope scope("mixed_float16");
    CHECK(check.log.lines.size() == 1);
  }
  {
    const FreshCheck check;
    const Dense layer(1, {.dtype = "mixed_float16"});
    const Dense another(1, {.dtype = "mixed_float16"});
    CHECK(check.log.lines.size() == 1);
  }
  {
    const FreshCheck check;
    const DeviceScope scope("tpu_v3");
    set_policy("mixed_bfloat16");
    CHECK(check.log.lines.empty());
    set_policy("mixed_float16");
    set_policy("float32");
    REQUIRE(check.log.lines.size() == 1);
    CHECK(contains(check.log.lines[0].second, "tpu_v3"));
  }
}
