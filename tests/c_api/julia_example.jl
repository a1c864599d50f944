# Halfway from Julia: julia julia_example.jl LIBRARY

const library = ARGS[1]

function round_to(x::Vector{Float64}, format::String)
    y = copy(x)
    status = ccall((:halfway_round, library), Int32,
                   (Ptr{Float64}, Int64, Ptr{Float64}, Int64, Cstring, Cstring, Int64, Ptr{Cvoid}, Ptr{Cvoid}),
                   y, 1, y, 1, "float64", format, length(y), C_NULL, C_NULL)
    status == 0 || error(unsafe_string(ccall((:halfway_error_text, library), Cstring, ())))
    return y
end

@assert round_to([0.1, 1e5, 1e-9, 1.0], "float16") == [0.0999755859375, Inf, 0.0, 1.0]
@assert round_to([0.1], "float16") == Float64.(Float16.([0.1]))  # Julia has float16 of its own
@assert try
    round_to([1.0], "float17")
    false
catch failure
    occursin("'float17' is no format", sprint(showerror, failure))
end
println("Julia $VERSION rounds with halfway")
