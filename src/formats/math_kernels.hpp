// The functions that all others are made of, on Reals. Relative errors below 2^−115 wherever a result is not exact,
// with the property of math_real.hpp: what is not exact never looks exact. Arguments are finite; zero where it says so.
#pragma once
#include "formats/math_real.hpp"

namespace halfway::detail::math {

Real exp(Real x);            ///< e^x
Real exp2(Real x);           ///< 2^x, exact for integers
Real expm1(Real x);          ///< e^x − 1
Real log(Real x);            ///< x > 0, and not 1
Real log2(Real x);           ///< x > 0; exact for powers of two
Real log1p(Real x);          ///< x > −1, not 0
Real sin(Real x);            ///< |x| < 2^256, not 0
Real cos(Real x);            ///< |x| < 2^256
Real tanh(Real x);           ///< not 0
Real sigmoid(Real x);        ///< 1/(1 + e^−x)
Real softplus(Real x);       ///< log(1 + e^x)
Real erf(Real x);            ///< not 0
Real gelu(Real x);           ///< x·Φ(x), Φ the normal distribution's; not 0
Real silu(Real x);           ///< x·sigmoid(x); not 0
Real rsqrt(Real x);          ///< 1/√x for x > 0
Real cbrt(Real x);           ///< not 0
Real pow(Real x, Real y);    ///< x > 0, neither x = 1 nor y = 0
Real atan2(Real y, Real x);  ///< y ≥ 0, not both 0

}  // namespace halfway::detail::math
