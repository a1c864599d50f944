// What an Optimizer points to.
#pragma once
#include <cstdint>
#include <string>

#include "halfway/nn/optimizer.hpp"

namespace halfway::detail {

class OptimizerImpl {
 public:
  OptimizerImpl() = default;
  virtual ~OptimizerImpl() = default;
  OptimizerImpl(const OptimizerImpl&) = delete;
  OptimizerImpl& operator=(const OptimizerImpl&) = delete;

  virtual Step apply(const Gradients& gradients) = 0;
  virtual std::int64_t iterations() const = 0;
  virtual double learning_rate() const = 0;
  virtual void set_learning_rate(double rate) = 0;
  virtual std::string describe() const = 0;
  virtual std::shared_ptr<OptimizerImpl> fresh() const = 0;
};

}  // namespace halfway::detail
