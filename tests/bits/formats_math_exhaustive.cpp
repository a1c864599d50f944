// All 65,536 codes, every function, every direction, against MPFR; and a sample of tf32's.
#include "formats_math_check.hpp"

TEST_CASE("float16") { check_functions<halfway::binary16>(1); }
TEST_CASE("bfloat16") { check_functions<halfway::bfloat>(1); }
TEST_CASE("tf32, every 11th code") { check_functions<halfway::tensor_float>(11); }
