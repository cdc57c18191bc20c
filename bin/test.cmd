@echo off
rem Sets up whatever is missing, then runs every check; arguments go to pytest.
setlocal
set "PYTHONUTF8=1"
where py >nul 2>nul
if errorlevel 1 goto plain
py -3 "%~dp0prepare.py" test %*
exit /b %errorlevel%
:plain
python "%~dp0prepare.py" test %*
exit /b %errorlevel%
